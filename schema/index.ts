import { audited } from './audit.ts';
import { builder } from './builder.ts';
import './mutations/index.ts';
import './queries/index.ts';
import './subscriptions/index.ts';
import './types/index.ts';

/** The schema of the control plane, ready to execute; its resolvers need a context of `createContextFactory`. */
export const schema = audited(builder.toSchema());
