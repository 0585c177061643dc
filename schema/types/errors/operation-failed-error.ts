import { builder } from '../../builder.ts';
import { ErrorInterface, errorRef } from './error.ts';

export const OperationFailedError = errorRef('OperationFailedError');

builder.objectType(OperationFailedError, {
  description:
    'The disk, the file system or the database said no. The message says what was done, where anything was. RENAME_FAILED or OPERATION_FAILED.',
  interfaces: [ErrorInterface],
});
