import { builder } from '../builder.ts';

export const ErrorCode = builder.enumType('ErrorCode', {
  description: 'What kind of failure it is, for programs; the message is for people.',
  values: {
    APP_NOT_FOUND: { description: 'No listed app has that id or name.' },
    APP_INVALID: { description: 'The app cannot be started as it is: see `App.error`.' },
    APP_BUSY: { description: 'A rename, removal or activation of the same app is under way.' },
    START_FAILED: { description: 'The run ended before it was ready.' },
    STOP_FAILED: { description: 'Processes of the run could not be ended.' },
    NAME_INVALID: { description: 'The name is not an app name.' },
    NAME_TAKEN: { description: 'Another app, or another directory, has that name.' },
    RENAME_FAILED: { description: 'The directory could not be renamed.' },
    ICON_INVALID: { description: 'The icon is neither one symbol nor a short text.' },
    PORT_UNAVAILABLE: { description: 'The port is held by somebody else, or none is left.' },
    RELEASE_NOT_FOUND: { description: 'The app has no release of that name.' },
    INVALID_INPUT: { description: 'Something in the input does not fit: see `path`.' },
    OPERATION_FAILED: { description: 'The disk, the file system or the database said no.' },
  },
});
