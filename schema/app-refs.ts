import type { AppRef, CommandOptions } from '../src/contracts/supervisor.ts';
import type { AppId } from '../src/core/app.ts';
import { failed, type Result } from '../src/core/errors.ts';
import type { GraphQLContext } from './context.ts';
import { appNotFound } from './errors.ts';
import { decodeAppId } from './global-id.ts';
import { checkedSize } from './paging.ts';

/** An `AppRef` as it comes in: exactly one of the two, which the executor sees to. */
export interface AppRefInput {
  readonly id?: string | null | undefined;
  readonly name?: string | null | undefined;
}

/** What the supervisor takes; null where the id is not one of an app. */
export function toAppRef(input: AppRefInput): AppRef | null {
  if (input.id == null) return { name: input.name ?? '' };
  const id = decodeAppId(input.id);
  return id === null ? null : { id };
}

/**
 * The apps that a list or a stream is about; null for all. By id also an app whose directory is
 * gone for now. They stay the same apps through renames. @throws GraphQLError APP_NOT_FOUND, INVALID_PAGE
 */
export function toAppIds(
  context: GraphQLContext,
  inputs: readonly AppRefInput[] | null | undefined,
): readonly AppId[] | null {
  if (!inputs) return null;
  checkedSize('apps', inputs.length);
  const found = inputs.map((input) => {
    const ref = toAppRef(input);
    const app = ref && ('id' in ref ? context.supervisor.appById(ref.id) : context.supervisor.app(ref));
    if (!app) throw appNotFound(input.id == null ? `named "${input.name}"` : `with the id "${input.id}"`);
    return app.id;
  });
  return [...new Set(found)];
}

/** Carries out a command on an app, in the viewer's name. */
export async function commandApp<T>(
  context: GraphQLContext,
  input: AppRefInput,
  command: (ref: AppRef, options: CommandOptions) => Promise<Result<T>>,
): Promise<Result<T>> {
  const ref = toAppRef(input);
  if (!ref) return failed({ code: 'APP_NOT_FOUND', message: 'App not found' });
  return command(ref, { actor: context.viewer.name });
}
