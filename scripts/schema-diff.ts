import {
  changelog,
  lastRelease,
  presentSdl,
  type SchemaChange,
  schemaChanges,
  unannounced,
} from './schema-changes.ts';

// npm run schema:diff: what differs between the schema and that of the last release, for people. Ends with 1
// where something breaks clients and the changelog does not say so.

const MEANINGS = {
  BREAKING: 'operations that were valid are not, or get answers of another type',
  DANGEROUS: 'operations stay valid; answers may hold what a client has never seen',
  SAFE: 'nobody notices who does not ask for it',
};

const { version, sdl } = await lastRelease();
const changes = await schemaChanges(sdl, await presentSdl());
console.log(`${changes.length || 'No'} changes of the schema since ${version}.`);
for (const [criticality, meaning] of Object.entries(MEANINGS)) {
  const such = changes.filter((change) => change.criticality === criticality);
  if (such.length > 0) console.log(`\n${criticality}: ${meaning}\n${such.map(line).join('\n')}`);
}

const silent = unannounced(changes, await changelog());
if (silent.length > 0) {
  const paths = silent.map(({ path }) => `\`${path}\``).join(', ');
  console.error(
    `\nCHANGELOG.md does not name ${paths} under [Unreleased]: say there what clients have to change`,
  );
  process.exitCode = 1;
}

function line({ path, message, reason }: SchemaChange): string {
  return `  ${path}: ${message}${reason === '' ? '' : ` (${reason})`}`;
}
