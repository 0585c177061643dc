import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Change, ChangeType, CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';

// What clients made for the last release meet in the present schema. At a release, schema/schema.graphql is
// copied to schema/releases/<version>.graphql.

const ROOT = new URL('../', import.meta.url);

/**
 * BREAKING: an operation that was valid is not any more, or its answer no longer fits its types; it must stand in the
 * changelog. DANGEROUS: every operation stays valid, but an answer may hold what a client has never seen (a new
 * member of a union, a new value of an enum): clients are told to expect that, so it is listed and no more.
 * SAFE: nobody notices who does not ask for it.
 */
export type Criticality = 'BREAKING' | 'DANGEROUS' | 'SAFE';

export interface SchemaChange {
  readonly criticality: Criticality;
  /** Where: `App.port`, `StartAppResult`, `Query.logs.last`. */
  readonly path: string;
  /** What, as a sentence. */
  readonly message: string;
  /** Why it is as critical as it is; empty where nothing needs to be said. */
  readonly reason: string;
}

const LEVELS: Readonly<Record<CriticalityLevel, Criticality>> = {
  [CriticalityLevel.Breaking]: 'BREAKING',
  [CriticalityLevel.Dangerous]: 'DANGEROUS',
  [CriticalityLevel.NonBreaking]: 'SAFE',
};

/** What differs between two schemas, given as SDL; the most critical first. */
export async function schemaChanges(before: string, after: string): Promise<SchemaChange[]> {
  const found = await diff(buildSchema(before), buildSchema(after));
  const changes = withoutParts(found).map(
    ({ criticality, path = '', message }): SchemaChange => ({
      criticality: LEVELS[criticality.level],
      path,
      message,
      reason: criticality.reason ?? '',
    }),
  );
  const order = Object.values(LEVELS);
  return changes.sort((one, other) => order.indexOf(one.criticality) - order.indexOf(other.criticality));
}

/** Less other descriptions, and what lies within a new type or a new field: nobody can have used it before. */
function withoutParts(changes: readonly Change[]): Change[] {
  const isNew = ({ type }: Change) => type === ChangeType.TypeAdded || type === ChangeType.FieldAdded;
  const added = new Set(changes.filter(isNew).map(({ path }) => path));
  return changes.filter((change) => {
    if (String(change.type).includes('DESCRIPTION')) return false;
    const names = change.path?.split('.') ?? [];
    const around = names.slice(0, -1).map((_, index) => names.slice(0, index + 1).join('.'));
    return !around.some((path) => added.has(path)) && (isNew(change) || !added.has(change.path));
  });
}

/** The breaking ones whose path does not stand, `like.this`, under the changelog's heading for what is not released. */
export function unannounced(changes: readonly SchemaChange[], changelog: string): SchemaChange[] {
  const unreleased = /^## \[Unreleased\]$([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(changelog)?.[1] ?? '';
  return changes.filter(
    ({ criticality, path }) => criticality === 'BREAKING' && !unreleased.includes(`\`${path}\``),
  );
}

export interface Release {
  /** `0.1.0` */
  readonly version: string;
  readonly sdl: string;
}

/** The last release, and the schema that it had. @throws Error where none is kept */
export async function lastRelease(): Promise<Release> {
  const names = await readdir(new URL('schema/releases', ROOT));
  const versions = names.flatMap((name) => /^(\d+\.\d+\.\d+)\.graphql$/.exec(name)?.[1] ?? []);
  const version = versions.sort((one, other) => one.localeCompare(other, 'en', { numeric: true })).at(-1);
  if (version === undefined) throw new Error(`no release is in ${fileURLToPath(ROOT)}schema/releases`);
  return { version, sdl: await readFile(new URL(`schema/releases/${version}.graphql`, ROOT), 'utf8') };
}

/** The schema as it is committed. */
export function presentSdl(): Promise<string> {
  return readFile(new URL('schema/schema.graphql', ROOT), 'utf8');
}

export function changelog(): Promise<string> {
  return readFile(new URL('CHANGELOG.md', ROOT), 'utf8');
}
