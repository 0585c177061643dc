import satisfies from 'spdx-satisfies';
import { shippedPlaces } from './shipped.js';

/** One entry of package-lock.json (version 3): the fields that are looked at. */
export type LockedPackage = {
  version?: string;
  resolved?: string;
  integrity?: string;
  license?: string;
  link?: boolean;
  inBundle?: boolean;
  dev?: boolean;
  hasInstallScript?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
};

/** What package.json of an installed package says; undefined where it is not installed, as for another platform. */
export type InstalledPackage = { version?: string; license?: unknown; scripts?: Record<string, string> };

export type Packages = {
  locked: Record<string, LockedPackage>;
  /** `allowScripts` of package.json: names of packages whose install scripts may run. */
  allowScripts: Record<string, boolean>;
  /** `bundled` of package.json: names of development packages that the build contains. */
  bundled: readonly string[];
  installed: (path: string) => InstalledPackage | undefined;
};

/** Licenses that let anyone run, change and pass on the server without conditions beyond a notice. */
const LICENSES = [
  'MIT',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'Unlicense',
];

const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'];

/** What is wrong with the locked packages, one sentence each. What only developers need may have any license. */
export function findings({ locked, allowScripts, bundled, installed }: Packages): string[] {
  const found: string[] = [];
  const withScripts = new Set<string>();
  const shipped = shippedPlaces(locked, bundled);
  for (const [path, entry] of Object.entries(locked)) {
    if (path === '') continue;
    const name = nameOf(path);
    const label = `${name}@${entry.version} (${path})`;
    const source = sourceFinding(entry);
    if (source !== undefined) found.push(`${label} ${source}`);
    const present = installed(path);
    if (present !== undefined && present.version !== entry.version) {
      found.push(`${label} is installed as ${present.version}: run npm ci`);
    }
    if (
      entry.hasInstallScript ||
      INSTALL_SCRIPTS.some((script) => present?.scripts?.[script] !== undefined)
    ) {
      withScripts.add(name);
      if (allowScripts[name] === undefined) {
        found.push(`${label} runs an install script, and allowScripts in package.json does not name it`);
      }
    }
    const license = present === undefined ? entry.license : present.license;
    if (shipped.has(path) && !isAllowed(license)) {
      found.push(`${label} has the license ${JSON.stringify(license)}: not one of ${LICENSES.join(', ')}`);
    }
  }
  for (const name of bundled) {
    if (locked['']?.devDependencies?.[name] === undefined)
      found.push(`bundled in package.json names ${name}, which is no development package: remove it`);
  }
  for (const name of Object.keys(allowScripts)) {
    if (!withScripts.has(name))
      found.push(`allowScripts names ${name}, which has no install script: remove it`);
  }
  const graphql = Object.keys(locked).filter((path) => nameOf(path) === 'graphql');
  if (graphql.length > 1)
    found.push(`graphql is there ${graphql.length} times (${graphql.join(', ')}): it works once only`);
  return found;
}

/** Why the lock does not say exactly which bytes are installed; undefined where it does. */
function sourceFinding({ resolved, integrity, link, inBundle }: LockedPackage): string | undefined {
  if (link) return 'is a link to a directory: take it from the registry';
  if (resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')) {
    return `comes from ${resolved}: take it from the registry`;
  }
  // What a package brings inside its own archive is covered by that archive's hash.
  if (inBundle) return undefined;
  if (!integrity?.split(' ').some((hash) => hash.startsWith('sha512-'))) {
    return 'has no sha512 hash in package-lock.json: remove its entry and run npm install';
  }
  return undefined;
}

function isAllowed(license: unknown): boolean {
  if (typeof license !== 'string') return false;
  try {
    return satisfies(license, LICENSES);
  } catch {
    // Not an SPDX expression, such as "SEE LICENSE IN …".
    return false;
  }
}

/** `node_modules/a/node_modules/@b/c` is `@b/c`. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

type AuditReport = {
  vulnerabilities?: Record<string, { severity: string; range?: string; nodes?: string[] }>;
  message?: string;
};

/**
 * Known holes of the packages at these places, of what `npm audit --json` prints about all; `unknown` says why they could
 * not be looked up.
 */
export function auditFindings(
  printed: string,
  places: ReadonlySet<string>,
): { found: string[] } | { unknown: string } {
  let report: AuditReport;
  try {
    report = JSON.parse(printed);
  } catch {
    return { unknown: 'npm audit printed no JSON' };
  }
  if (report.vulnerabilities === undefined) return { unknown: report.message ?? 'npm audit gave no answer' };
  const serious = Object.entries(report.vulnerabilities).filter(
    ([, { severity, nodes = [] }]) =>
      ['high', 'critical'].includes(severity) && nodes.some((place) => places.has(place)),
  );
  return {
    found: serious.map(
      ([name, { severity, range }]) =>
        `${name} ${range ?? ''} has a known hole (${severity}): npm audit says more`,
    ),
  };
}
