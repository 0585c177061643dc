import { type ExecutionResult, execute, parse, subscribe, validate } from 'graphql';
import { createContextFactory, type GraphQLContext, type SchemaParts } from '../../schema/context.ts';
import { schema } from '../../schema/index.ts';
import { createStreamScheduler } from '../../schema/streams/scheduler.ts';
import type { Identity } from '../../src/contracts/access.ts';
import type { Role } from '../../src/core/access.ts';
import { createSystemClock } from '../../src/drivers/system-clock.ts';
import type { ControlPlane } from '../support/control-plane.ts';

/** Calls the schema directly, without a transport. */
export interface Caller {
  readonly viewer: Identity;
  /** The context of a request of this caller. */
  readonly createContext: () => GraphQLContext;
  /** The first result. For an accepted subscription it is empty, and the subscription has ended. */
  call(document: string, variables?: object): Promise<ExecutionResult>;
}

export interface CallerOptions {
  readonly name?: string;
  readonly parts?: Partial<SchemaParts>;
  /** A viewer that does not need a token of the control plane. */
  readonly viewer?: Identity;
}

/** A caller with a token of this role. */
export function callerOf(plane: ControlPlane, role: Role, options: CallerOptions = {}): Caller {
  const { name = `a ${role.toLowerCase()}`, parts = {} } = options;
  const viewer =
    options.viewer ?? plane.access.authenticate(plane.access.create({ name, role, expiresAt: null }).text);
  if (!viewer) throw new Error('A token that was just made is worth nothing');
  const makeContext = createContextFactory({
    supervisor: plane.control.supervisor,
    events: plane.events,
    logs: plane.logs,
    access: plane.access,
    audit: plane.audit,
    durability: plane.durability,
    clock: createSystemClock(),
    scheduler: createStreamScheduler(),
    streamOpened: () => () => {},
    ...parts,
  });
  const createContext = () =>
    makeContext({ viewer, requestHost: 'localhost', requestOrigin: 'http://localhost:3000', ends: [] });
  return {
    viewer,
    createContext,
    async call(text, variableValues = {}) {
      const document = parse(text);
      const errors = validate(schema, document);
      if (errors.length > 0) throw new Error(String(errors));
      const contextValue = createContext();
      const args = { schema, document, contextValue, variableValues: { ...variableValues } };
      if (!text.startsWith('subscription')) return execute(args);
      const answer = await subscribe(args);
      if (!(Symbol.asyncIterator in answer)) return answer;
      await answer.return(undefined);
      return {};
    },
  };
}
