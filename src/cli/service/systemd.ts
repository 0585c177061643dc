import { join } from 'node:path';
import type { ServicePlan, ServiceSpec } from './plan.ts';

const UNIT = 'toehold.service';

export interface SystemdTarget {
  /** A unit of the machine, or of one user. */
  readonly scope: 'system' | 'user';
  /** The user's configuration directory: $XDG_CONFIG_HOME or ~/.config. */
  readonly configHome: string;
  /** Whose unit a user's unit is. */
  readonly userName: string;
}

/**
 * A unit under which runs outlive the server, as they do without systemd (systemd.kill(5), systemd.service(5),
 * systemd.resource-control(5)): KillMode=process ends the server alone, Delegate=yes lets it make cgroups for runs, OOMPolicy=continue does not end all for one app that took too much
 * memory, and TOEHOLD_ON_EXIT=detach leaves the apps to the next server.
 */
export function systemdUnit(spec: ServiceSpec, scope: SystemdTarget['scope']): string {
  const environment = Object.entries(spec.environment).map(
    ([name, value]) => `Environment=${quote(`${name}=${value}`)}`,
  );
  return `${[
    '# Written by `toehold service install`, which writes it anew.',
    '[Unit]',
    'Description=Toehold, control plane for the small web apps of this machine',
    'After=network.target',
    '# A server that cannot start is tried for as long as it takes.',
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${spec.command.map(argument).join(' ')}`,
    `WorkingDirectory=${specifiers(spec.workingDirectory)}`,
    ...(spec.user === null ? [] : [`User=${spec.user}`]),
    ...environment,
    'KillMode=process',
    '# Each run gets a cgroup below the one of this unit.',
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
    start: [
      [...systemctl, 'daemon-reload'],
      [...systemctl, 'enable', UNIT],
      [...systemctl, 'restart', UNIT],
    ],
    stop: [[...systemctl, 'disable', '--now', UNIT]],
    afterwards: [[...systemctl, 'daemon-reload']],
    advice: [
      ...(scope === 'user'
        ? [`A user's services end when that user logs out: run \`loginctl enable-linger ${userName}\` once.`]
        : []),
      ...(scope === 'system' && spec.user === null
        ? ['It runs as root, and so do the apps: give --user-name or --app-user to have less at stake.']
        : []),
      `The server's own lines: ${log}`,
    ],
  };
}

/** In double quotes, which systemd reads with C's escapes; `%` begins a specifier, also there. */
function quote(text: string): string {
  return `"${specifiers(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** In ExecStart `$` begins a variable, too. */
function argument(text: string): string {
  return quote(text).replaceAll('$', '$$$$');
}

function specifiers(text: string): string {
  return text.replaceAll('%', '%%');
}
