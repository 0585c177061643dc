/** The description of the schema: the first page of the documentation in GraphiQL and similar tools. */
export const OVERVIEW = `The API of Toehold, the control plane for the small web apps on one machine.

Begin here:

- \`Query.apps\` lists the apps with their state, port, URL and current run. \`Query.app\` finds one by name or id.
- \`Mutation.startApp\`, \`stopApp\` and \`restartApp\` control an app. \`activateRelease\` changes its version.
- \`Subscription.events\` reports each change, and \`Subscription.logs\` each line that an app prints.

Rules that apply everywhere:

- **Names and ids**: the id of an app never changes, and its name can. An \`AppRef\` takes either.
- **Errors**: a mutation returns a union of its success and the errors that you can act on. Select \`... on Error { code message }\`. All other errors are GraphQL errors with \`extensions.code\`.
- **Lists**: \`first\`, \`after\`, \`last\` and \`before\` select a page. Cursors are opaque.
- **Streams**: each payload has a \`cursor\`. After a lost connection, subscribe again with the last one: you miss nothing and get nothing twice. A \`StreamGap\` says what no longer exists.
- **Without gaps from the start**: read \`Query.eventCursor\`, then a list, then subscribe to \`events\` after that cursor.
- **Roles**: VIEWER reads, OPERATOR also starts and stops, ADMIN also renames, removes, activates and manages tokens.`;
