import type { AppRef as AppSelector } from '../src/contracts/supervisor.ts';
import type { AppId } from '../src/core/app.ts';
import { cutTo } from '../src/core/texts.ts';
import { builder } from './builder.ts';
import type { GraphQLContext } from './context.ts';
import { decodeAppId } from './node.ts';
import { checkedSize } from './relay.ts';
import { appNotFound } from './request-errors.ts';

/** The input `AppRef`. The executor ensures that exactly one field is given. */
export interface AppRefInput {
  readonly id?: string | null | undefined;
  readonly name?: string | null | undefined;
}

/** Converts the input for the supervisor. Null if the id is not the id of an app. */
export function toAppRef(input: AppRefInput): AppSelector | null {
  if (input.id == null) return { name: input.name ?? '' };
  const id = decodeAppId(input.id);
  return id === null ? null : { id };
}

/**
 * The ids of the apps that a query or stream selects; null for all. An id also finds an app whose directory is missing.
 * @throws GraphQLError APP_NOT_FOUND, INVALID_PAGE
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
    if (!app) throw appNotFound(appNotFoundText(input));
    return app.id;
  });
  return [...new Set(found)];
}

/** Says which app does not exist. The text of the client is cut. */
export function appNotFoundText({ id, name }: AppRefInput): string {
  const asked = id == null ? `named "${cutTo(100, name ?? '')}"` : `with the id "${cutTo(100, id)}"`;
  return `App not found: there is no app ${asked}`;
}

export const AppRef = builder.inputType('AppRef', {
  description: 'One app, by its permanent id or its current name. Give exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'The value of `App.id`. A rename does not change it.' }),
    name: t.string({ description: 'The current name of the app.' }),
  }),
});
