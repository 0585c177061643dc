import * as generated from './generated/graphql.ts';

/** The types of the schema, and of the variables and answers of each operation. */
export type * from './generated/graphql.ts';

// The most common operations, from documents/. A bundle contains only those that it uses.

/**
 * All apps, by name, as `AppFields`. Variables: `filter`, `first`, and `after`.
 * @example const { apps } = await toehold.request(AppsDocument, { filter: { states: ['RUNNING'] } });
 */
export const AppsDocument = generated.AppsDocument;

/**
 * One app, by id or name; null if there is none.
 * @example const { app } = await toehold.request(AppDocument, { app: { name: 'hello' } });
 */
export const AppDocument = generated.AppDocument;

/**
 * The releases of an app, newest first.
 * @example const { app } = await toehold.request(AppReleasesDocument, { app: { name: 'hello' } });
 */
export const AppReleasesDocument = generated.AppReleasesDocument;

/**
 * The runs of an app, newest first. Variables: `first` and `after`.
 * @example const { app } = await toehold.request(RunsDocument, { app: { name: 'hello' }, first: 5 });
 */
export const RunsDocument = generated.RunsDocument;

/**
 * All ports of apps, and the range of ports for apps.
 * @example const { ports, portRange } = await toehold.request(PortsDocument);
 */
export const PortsDocument = generated.PortsDocument;

/**
 * A page of log lines, oldest first; `last` counts from the end of the log. For new lines, see `follow.logs`.
 * @example const { logs } = await toehold.request(LogsPageDocument, { apps: [{ name: 'hello' }], last: 20 });
 */
export const LogsPageDocument = generated.LogsPageDocument;

/**
 * A page of the event journal, oldest first. For new events, see `follow.events`.
 * @example const { events } = await toehold.request(EventsPageDocument, { last: 20 });
 */
export const EventsPageDocument = generated.EventsPageDocument;

/**
 * The current end of the event journal. Read it before a list, and follow events after it.
 * @example const { eventCursor } = await toehold.request(EventCursorDocument);
 */
export const EventCursorDocument = generated.EventCursorDocument;

/**
 * The control plane itself: its version, process and directory.
 * @example const { supervisor } = await toehold.request(SupervisorDocument);
 */
export const SupervisorDocument = generated.SupervisorDocument;

/**
 * The name and the role of the token.
 * @example const { viewer } = await toehold.request(ViewerDocument);
 */
export const ViewerDocument = generated.ViewerDocument;

/**
 * Starts an app. With `wait`, answers when it is ready or its start has failed.
 * @example await toehold.request(StartAppDocument, { input: { app: { name: 'hello' }, wait: true } });
 */
export const StartAppDocument = generated.StartAppDocument;

/**
 * Stops an app until it is started by hand. With `wait`, answers when its last process is gone.
 * @example await toehold.request(StopAppDocument, { input: { app: { name: 'hello' }, wait: true } });
 */
export const StopAppDocument = generated.StopAppDocument;

/**
 * Stops an app if it runs, and starts it.
 * @example await toehold.request(RestartAppDocument, { input: { app: { name: 'hello' } } });
 */
export const RestartAppDocument = generated.RestartAppDocument;

/**
 * Renames an app.
 * @example await toehold.request(RenameAppDocument, { input: { app: { name: 'hello' }, name: 'greeter' } });
 */
export const RenameAppDocument = generated.RenameAppDocument;

/**
 * Sets the icon of an app; null restores the default.
 * @example await toehold.request(SetAppIconDocument, { input: { app: { name: 'hello' }, icon: '🐙' } });
 */
export const SetAppIconDocument = generated.SetAppIconDocument;

/**
 * Grants an app a role for this API; null removes the grant.
 * @example await toehold.request(GrantAppAccessDocument, { input: { app: { name: 'hello' }, role: 'OPERATOR' } });
 */
export const GrantAppAccessDocument = generated.GrantAppAccessDocument;

/**
 * Stops an app and moves its directory to the trash.
 * @example await toehold.request(RemoveAppDocument, { input: { app: { name: 'hello' } } });
 */
export const RemoveAppDocument = generated.RemoveAppDocument;

/**
 * Makes another release the current one and restarts the app.
 * @example await toehold.request(ActivateReleaseDocument, { input: { app: { name: 'hello' }, release: '20260412-181500' } });
 */
export const ActivateReleaseDocument = generated.ActivateReleaseDocument;

/**
 * Assigns another port of the range to an app that is not running.
 * @example await toehold.request(AssignPortDocument, { input: { app: { name: 'hello' }, port: 3007 } });
 */
export const AssignPortDocument = generated.AssignPortDocument;
