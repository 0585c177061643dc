import { join } from 'node:path';
import type { ServicePlan, ServiceSpec } from './plan.ts';

const UNIT = 'toehold.service';

interface SystemdTarget {
  /** A system unit, or the unit of one user. */
  readonly scope: 'system' | 'user';
  /** The user's configuration directory: $XDG_CONFIG_HOME or ~/.config. */
  readonly configHome: string;
  /** The user of a user unit. */
  readonly userName: string;
}

/**
 * The systemd unit. Apps outlive the server: KillMode=process ends only the server, and TOEHOLD_ON_EXIT=detach leaves the apps to the next one.
 * Delegate=yes lets the server make cgroups for runs. With OOMPolicy=continue, one app that runs out of memory does not end the others. See
 * systemd.kill(5), systemd.service(5), and systemd.resource-control(5).
 */
export function systemdUnit(spec: ServiceSpec, scope: SystemdTarget['scope']): string {
  const environment = Object.entries(spec.environment).map(
    ([name, value]) => `Environment=${quote(`${name}=${value}`)}`,
  );
  return `${[
    '# Written by `toehold service install`, which overwrites it.',
    '[Unit]',
    'Description=Toehold, control plane for the small web apps of this machine',
    'After=network.target',
    '# If the server cannot start, systemd tries again without limit.',
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${spec.command.map(argument).join(' ')}`,
    `WorkingDirectory=${specifiers(spec.workingDirectory)}`,
    ...(spec.user === null ? [] : [`User=${spec.user}`]),
    ...environment,
    'KillMode=process',
    '# Each run gets a cgroup below that of this unit.',
    'Delegate=yes',
    'OOMPolicy=continue',
    'Restart=always',
    'RestartSec=5',
    '',
    '[Install]',
    `WantedBy=${scope === 'user' ? 'default' : 'multi-user'}.target`,
  ].join('\n')}\n`;
}

export function systemdPlan(spec: ServiceSpec, { scope, configHome, userName }: SystemdTarget): ServicePlan {
  const systemctl = scope === 'user' ? ['systemctl', '--user'] : ['systemctl'];
  const log = `journalctl ${scope === 'user' ? '--user ' : ''}-u toehold -f`;
  return {
    path: scope === 'user' ? join(configHome, 'systemd/user', UNIT) : join('/etc/systemd/system', UNIT),
    text: systemdUnit(spec, scope),
    // Needs the manager, and for a user's unit the session bus.
    check: [...systemctl, 'show-environment'],
    start: [
      [...systemctl, 'daemon-reload'],
      [...systemctl, 'enable', UNIT],
      [...systemctl, 'restart', UNIT],
    ],
    stop: [[...systemctl, 'disable', '--now', UNIT]],
    afterwards: [[...systemctl, 'daemon-reload']],
    advice: [
      ...(scope === 'user'
        ? [
            `The services of a user end when the user logs out: to keep them, run \`loginctl enable-linger ${userName}\` once.`,
          ]
        : []),
      ...(scope === 'system' && spec.user === null
        ? ['The server and the apps run as root: to avoid that, give --user-name or --app-user.']
        : []),
      `To see the server's output: ${log}`,
    ],
  };
}

/** Quotes a text for systemd, which reads C escapes and `%` specifiers in double quotes. */
function quote(text: string): string {
  return `"${specifiers(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** Quotes an argument of ExecStart, where `$` also starts a variable. */
function argument(text: string): string {
  return quote(text).replaceAll('$', '$$$$');
}

function specifiers(text: string): string {
  return text.replaceAll('%', '%%');
}
