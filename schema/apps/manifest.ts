import { requestedRole } from '../../src/core/app-access.ts';
import type { HealthCheck } from '../../src/core/health-check.ts';
import { builder } from '../builder.ts';
import { AppManifest } from '../refs.ts';
import { Role } from '../role-type.ts';
import { RestartPolicy } from './states.ts';

builder.objectType(AppManifest, {
  description:
    'The settings of an app, as they were read from its `package.json`. `App.warnings` names the settings that were ignored.',
  fields: (t) => ({
    script: t.exposeString('script', {
      description: '`scripts.toes`: the command that runs the app, a line for `sh -c`.',
    }),
    icon: t.exposeString('icon', {
      nullable: true,
      description: '`toes.icon`. Null if the app has the default icon.',
    }),
    tool: t.boolean({
      description: 'Whether `toes.tool` is true or a label.',
      resolve: ({ tool }) => tool !== null,
    }),
    toolLabel: t.string({
      nullable: true,
      description: '`toes.tool`, if it is a label. Null otherwise.',
      resolve: ({ tool }) => (tool === true ? null : tool),
    }),
    health: t.field({
      type: HealthCheckSettings,
      nullable: true,
      description: '`toes.health`: how the health of the app is checked. Null if it turns the check off.',
      resolve: ({ health }) => (health === false ? null : health),
    }),
    install: t.exposeBoolean('install', {
      description: '`toes.install`: whether the dependencies are installed before a start.',
    }),
    port: t.exposeBoolean('servesPort', {
      description: '`toes.port`: whether the app gets a port. False for a worker.',
    }),
    restart: t.expose('restart', {
      type: RestartPolicy,
      description: '`toes.restart`: after which unrequested ends of a run the app is restarted.',
    }),
    startupTimeoutSeconds: t.float({
      nullable: true,
      description:
        '`toes.startupTimeout`: how long a start may take, in seconds. Null: the setting of the control plane is used.',
      // An earlier version stored the manifest without it.
      resolve: ({ startupTimeout }) => inSeconds(startupTimeout ?? null),
    }),
    api: t.field({
      type: Role,
      nullable: true,
      description:
        '`toes.api`: the role in this API that the app requests. Null if it requests none. `App.access` says which role it has.',
      resolve: (manifest) => requestedRole(manifest),
    }),
  }),
});

const HealthCheckSettings = builder.objectRef<HealthCheck>('HealthCheckSettings').implement({
  description: 'How the health of an app is checked. Null: the setting of the control plane is used.',
  fields: (t) => ({
    path: t.exposeString('path', {
      nullable: true,
      description: 'The path that must return 200 to 299. Null: `/` is requested.',
    }),
    intervalSeconds: t.float({
      nullable: true,
      description: 'The time between two checks, in seconds.',
      resolve: ({ interval }) => inSeconds(interval),
    }),
    timeoutSeconds: t.float({
      nullable: true,
      description: 'How long a check waits for the response, in seconds.',
      resolve: ({ timeout }) => inSeconds(timeout),
    }),
    failures: t.exposeInt('failures', {
      nullable: true,
      description: 'After how many failed checks in a row the app is restarted.',
    }),
    startPeriodSeconds: t.float({
      nullable: true,
      description:
        'For how long after the app is ready no failed check counts, until one has passed. In seconds.',
      resolve: ({ startPeriod }) => inSeconds(startPeriod),
    }),
    userAgent: t.string({
      nullable: true,
      description: 'The `user-agent` of the checks. Null: `toehold-health-check`.',
      // An earlier version stored the manifest without it.
      resolve: ({ userAgent }) => userAgent ?? null,
    }),
  }),
});

function inSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}
