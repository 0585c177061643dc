import { join } from 'node:path';
import type { ServicePlan, ServiceSpec } from './plan.ts';

const LABEL = 'toehold.server';

interface LaunchdTarget {
  readonly scope: 'system' | 'user';
  readonly home: string;
  readonly uid: number;
  /** The file for the server's output. */
  readonly logFile: string;
}

/**
 * The property list of an agent (user) or daemon (system). With AbandonProcessGroup, processes of the job keep running when it ends
 * (launchd.plist(5)), so apps outlive the server.
 */
export function launchdPlist(spec: ServiceSpec, logFile: string): string {
  const variables = Object.entries(spec.environment).map(
    ([name, value]) => `    <key>${xml(name)}</key><string>${xml(value)}</string>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Written by \`toehold service install\`, which overwrites it. -->
<plist version="1.0">
<dict>
  <key>Label</key><string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${spec.command.map((part) => `    <string>${xml(part)}</string>`).join('\n')}
  </array>
  <key>WorkingDirectory</key><string>${xml(spec.workingDirectory)}</string>
${spec.user === null ? '' : `  <key>UserName</key><string>${xml(spec.user)}</string>\n`}  <key>EnvironmentVariables</key>
  <dict>
${variables.join('\n')}
  </dict>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><true/>
  <key>AbandonProcessGroup</key><true/>
  <key>StandardErrorPath</key><string>${xml(logFile)}</string>
</dict>
</plist>
`;
}

export function launchdPlan(spec: ServiceSpec, { scope, home, uid, logFile }: LaunchdTarget): ServicePlan {
  const directory = scope === 'user' ? join(home, 'Library/LaunchAgents') : '/Library/LaunchDaemons';
  const path = join(directory, `${LABEL}.plist`);
  const domain = scope === 'user' ? `gui/${uid}` : 'system';
  return {
    path,
    text: launchdPlist(spec, logFile),
    check: ['launchctl', 'print', domain],
    start: [
      // Unload an older file first. It is no failure if none was loaded.
      ['-launchctl', 'bootout', `${domain}/${LABEL}`],
      ['launchctl', 'bootstrap', domain, path],
    ],
    stop: [['-launchctl', 'bootout', `${domain}/${LABEL}`]],
    afterwards: [],
    advice: [
      `To see the server's output: tail -f ${logFile}`,
      `Nothing shortens that file, and lines of apps are in it too: empty it from time to time (: >${logFile}), or use newsyslog(8).`,
    ],
  };
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
