import * as generated from './generated/graphql.ts';

/** The types of the schema, and of what each operation takes and answers. */
export type * from './generated/graphql.ts';

// What clients ask most. The operations stand in documents/; what is left out of a bundle is not in it.

/**
 * All apps, by name, as `AppFields`. Takes `filter`, `first` and `after`.
 * @example const { apps } = await toehold.request(AppsDocument, { filter: { states: ['RUNNING'] } });
 */
export const AppsDocument = generated.AppsDocument;

/**
 * One app, by id or name; null where there is none.
 * @example const { app } = await toehold.request(AppDocument, { app: { name: 'hello' } });
 */
export const AppDocument = generated.AppDocument;

/**
 * The releases of an app, newest first.
 * @example const { app } = await toehold.request(AppReleasesDocument, { app: { name: 'hello' } });
 */
export const AppReleasesDocument = generated.AppReleasesDocument;

/**
 * The runs of an app, newest first. Takes `first` and `after`.
 * @example const { app } = await toehold.request(RunsDocument, { app: { name: 'hello' }, first: 5 });
 */
export const RunsDocument = generated.RunsDocument;

/**
 * All ports that apps hold, and the range that they are given from.
 * @example const { ports, portRange } = await toehold.request(PortsDocument);
 */
export const PortsDocument = generated.PortsDocument;

/**
 * A page of lines, oldest first; `last` is the end of the log. For lines as they come see `follow.logs`.
 * @example const { logs } = await toehold.request(LogsPageDocument, { apps: [{ name: 'hello' }], last: 20 });
 */
export const LogsPageDocument = generated.LogsPageDocument;

/**
 * A page of the event journal, oldest first. For events as they happen see `follow.events`.
 * @example const { events } = await toehold.request(EventsPageDocument, { last: 20 });
 */
export const EventsPageDocument = generated.EventsPageDocument;

/**
 * The end of the event journal now: read it before a list, and follow events after it.
 * @example const { eventCursor } = await toehold.request(EventCursorDocument);
 */
export const EventCursorDocument = generated.EventCursorDocument;

/**
 * The control plane itself: its version, process and directory.
 * @example const { supervisor } = await toehold.request(SupervisorDocument);
 */
export const SupervisorDocument = generated.SupervisorDocument;

/**
 * Who the token is, and what it may do.
 * @example const { viewer } = await toehold.request(ViewerDocument);
 */
export const ViewerDocument = generated.ViewerDocument;

/**
 * Starts an app; with `wait`, answers when it is ready or its start has failed.
 * @example await toehold.request(StartAppDocument, { input: { app: { name: 'hello' }, wait: true } });
 */
export const StartAppDocument = generated.StartAppDocument;

/**
 * Stops an app for good; with `wait`, answers when its last process is gone.
 * @example await toehold.request(StopAppDocument, { input: { app: { name: 'hello' }, wait: true } });
 */
export const StopAppDocument = generated.StopAppDocument;

/**
 * Stops an app if it runs, and starts it.
 * @example await toehold.request(RestartAppDocument, { input: { app: { name: 'hello' } } });
 */
export const RestartAppDocument = generated.RestartAppDocument;

/**
 * Gives an app another name.
 * @example await toehold.request(RenameAppDocument, { input: { app: { name: 'hello' }, name: 'greeter' } });
 */
export const RenameAppDocument = generated.RenameAppDocument;

/**
 * Gives an app another icon; null is the default one.
 * @example await toehold.request(SetAppIconDocument, { input: { app: { name: 'hello' }, icon: '🐙' } });
 */
export const SetAppIconDocument = generated.SetAppIconDocument;

/**
 * Grants an app a role for this API; null takes the grant back.
 * @example await toehold.request(GrantAppAccessDocument, { input: { app: { name: 'hello' }, role: 'OPERATOR' } });
 */
export const GrantAppAccessDocument = generated.GrantAppAccessDocument;

/**
 * Stops an app and moves its directory into the trash.
 * @example await toehold.request(RemoveAppDocument, { input: { app: { name: 'hello' } } });
 */
export const RemoveAppDocument = generated.RemoveAppDocument;

/**
 * Makes another release the current one and restarts the app.
 * @example await toehold.request(ActivateReleaseDocument, { input: { app: { name: 'hello' }, release: '20260412-181500' } });
 */
export const ActivateReleaseDocument = generated.ActivateReleaseDocument;

/**
 * Gives an app that is not running another port of the range.
 * @example await toehold.request(AssignPortDocument, { input: { app: { name: 'hello' }, port: 3007 } });
 */
export const AssignPortDocument = generated.AssignPortDocument;
