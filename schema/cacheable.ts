import {
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/**
 * Fields whose values stay the same while `Supervisor.version` does, for all viewers of a role who use the same address
 * of the server. A field that looks at the system, at files, at logs, at tokens or at the clock is not among them.
 */
export const CACHEABLE: Readonly<Record<string, readonly string[]>> = {
  Query: ['apps', 'app', 'supervisor'],
  Supervisor: ['version', 'startedAt', 'appsDir', 'engine', 'containment', 'pid'],
  AppConnection: ['nodes', 'edges', 'pageInfo', 'totalCount'],
  AppEdge: ['node', 'cursor'],
  PageInfo: ['hasNextPage', 'hasPreviousPage', 'startCursor', 'endCursor'],
  App: [
    ...['id', 'name', 'icon', 'tool', 'state', 'desiredState', 'error', 'health', 'port', 'url', 'run'],
    ...['restart', 'restartPolicy', 'release', 'createdAt', 'revision', 'directory', 'script', 'manifest'],
  ],
  AppManifest: [
    'script',
    'icon',
    'tool',
    'toolLabel',
    'health',
    'install',
    'port',
    'restart',
    'api',
    'startupTimeoutSeconds',
  ],
  HealthCheckSettings: [
    'path',
    'intervalSeconds',
    'timeoutSeconds',
    'failures',
    'startPeriodSeconds',
    'userAgent',
  ],
  PortAssignment: ['id', 'port', 'app', 'assignedAt'],
  Run: [
    ...['id', 'app', 'phase', 'cause', 'actor', 'release', 'port', 'pid'],
    ...['startedAt', 'readyAt', 'endedAt', 'exit', 'recoveries'],
  ],
  ProcessExit: ['code', 'signal', 'reason', 'at'],
  ScheduledRestart: ['attempt', 'at'],
  Release: ['name', 'createdAt', 'current'],
};

/** Whether all fields of a valid document are cacheable. `__typename` always is. */
export function isCacheable(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema);
  let cacheable = true;
  visit(
    document,
    visitWithTypeInfo(types, {
      OperationDefinition: ({ operation }) => {
        cacheable &&= operation === 'query';
      },
      Field: ({ name }) => {
        const parent = getNamedType(types.getParentType())?.name ?? '';
        cacheable &&= name.value === '__typename' || (CACHEABLE[parent]?.includes(name.value) ?? false);
      },
    }),
  );
  return cacheable;
}
