/**
 * The GraphQL schema: a folder per feature, and at the top what features share. Resolvers ask the supervisor and the
 * readers in their context; they hold no state and decide nothing. A feature imports the types of another by `refs.ts`,
 * so that streams ← logs ← runs ← apps ← the others is the only direction.
 */

import './access/audit-log.ts';
import './access/mutations.ts';
import './access/queries.ts';
import './apps/manifest.ts';
import './apps/mutations.ts';
import './apps/queries.ts';
import './apps/releases.ts';
import './apps/strays.ts';
import './apps/type.ts';
import { audited } from './audit.ts';
import { builder } from './builder.ts';
import './events/kinds.ts';
import './events/queries.ts';
import './events/stream.ts';
import './logs/queries.ts';
import './logs/stream.ts';
import './node.ts';
import './ports/mutations.ts';
import './ports/queries.ts';
import './runs/type.ts';
import { OVERVIEW } from './overview.ts';
import './scalars.ts';
import './supervisor.ts';

builder.queryType({
  description: 'The current state: apps, runs, log lines, ports and events. Queries change nothing.',
});

builder.mutationType({
  description:
    'Commands. Each returns a success, or a typed error that says what to do. Commands for one app run one at a time, in the order in which they arrive; none is lost.',
});

builder.subscriptionType({
  description:
    'Streams, over WebSocket (graphql-transport-ws) or Server-Sent Events. Each payload has the cursor to continue from. A slow reader misses nothing.',
});

/** The schema of the control plane, ready to execute; its resolvers need a context of `createContextFactory`. */
export const schema = audited(builder.toSchema());
// Pothos has no option for it.
schema.description = OVERVIEW;
