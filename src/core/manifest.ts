import { reasonOf } from './errors.ts';
import {
  DEFAULT_HEALTH,
  DEFAULT_HEALTH_PATH,
  type HealthCheck,
  isHealthPath,
  PATH_RULE,
  readHealthCheck,
} from './health-check.ts';
import { iconProblem } from './icon.ts';
import { fieldsOf, found, isObject, readTime, timeRule, withoutControls } from './manifest-fields.ts';
import { DEFAULT_RESTART_POLICY, RESTART_POLICIES, type RestartPolicy } from './restarts.ts';
import { cutTo } from './texts.ts';

/** What `current/package.json` says of an app (docs/behavior.md A4, A5). */
export interface Manifest {
  /** `scripts.toes`: a line for `sh -c`. */
  readonly script: string;
  /** `toes.icon`; null where the default stands for it. */
  readonly icon: string | null;
  /** `toes.tool`: a label, true for "use the app's name", null where it is no tool. */
  readonly tool: string | true | null;
  /** False turns the check off. */
  readonly health: HealthCheck | false;
  /** False where `toes.install` is false. */
  readonly install: boolean;
  /** False where `toes.port` is false: a worker, which serves nothing. */
  readonly servesPort: boolean;
  /** `toes.restart`. */
  readonly restart: RestartPolicy;
  /** `toes.startupTimeout`, in milliseconds. Null stands for the server's own setting. */
  readonly startupTimeout: number | null;
  /** `toes.api`: the role of the run's own token. */
  readonly api: 'viewer' | 'operator' | null;
  /** What in the manifest was ignored, and why. */
  readonly warnings: readonly string[];
}

/** The manifest, or the one sentence that makes the app INVALID. */
export type ManifestResult =
  | { readonly ok: true; readonly manifest: Manifest }
  | { readonly ok: false; readonly error: string };

/** How long the texts of a manifest may be, which come into answers, the database and a shell's arguments. In characters. */
const LONGEST = { script: 65_536, tool: 200, message: 500 } as const;

/** `toes.startupTimeout` at least, in milliseconds. */
const SHORTEST_START = 1_000;

/** More warnings of an app are left out. */
const MOST_WARNINGS = 50;

/** The words for a package.json that nothing can be read from (docs/behavior.md A4). */
export const MISSING_MANIFEST = 'Missing package.json';

/**
 * The words for a package.json that is no JSON text (docs/behavior.md A4). The parser's reason quotes the file, so
 * control characters in it are shown as escapes: it goes to terminals.
 */
export function invalidJson(why: string): string {
  return `Invalid JSON in package.json: ${cutTo(LONGEST.message, withoutControls(cutTo(LONGEST.message, why)))}`;
}

/**
 * Reads the text of a package.json. What makes the app INVALID is checked in the order of docs/behavior.md A4;
 * an optional field of a wrong type is a warning, and what stands for a missing one stands for it.
 * Never throws.
 */
export function parseManifest(text: string): ManifestResult {
  let root: unknown;
  try {
    root = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch (error) {
    return { ok: false, error: invalidJson(reasonOf(error)) };
  }
  if (!isObject(root)) return { ok: false, error: 'package.json is not an object' };

  const scripts = isObject(root.scripts) ? root.scripts : {};
  const script = scripts.toes;
  if (typeof script !== 'string' || script.trim() === '') {
    return { ok: false, error: missingScript(scripts.start) };
  }
  if (script.includes('\0')) {
    return { ok: false, error: 'scripts.toes in package.json holds a NUL, which no command can: remove it' };
  }

  if (script.length > LONGEST.script) {
    const error = `scripts.toes in package.json has ${script.length} characters, and at most ${LONGEST.script} are taken: put them in a file, and run that`;
    return { ok: false, error };
  }

  const warnings: string[] = [];
  for (const name of ['pretoes', 'posttoes']) {
    if (scripts[name] !== undefined) warnings.push(`scripts.${name} in package.json is not run`);
  }
  const options = readOptions(root.toes, warnings);
  const shown = warnings.slice(0, MOST_WARNINGS).map((warning) => cutTo(LONGEST.message, warning));
  return { ok: true, manifest: { script, ...options, warnings: shown } };
}

/** The words for a package.json without `scripts.toes`. If `npm start` would run it, they name the line to add. */
function missingScript(start: unknown): string {
  const missing = 'Missing scripts.toes in package.json';
  if (typeof start !== 'string' || start.trim() === '' || start.length > LONGEST.message) return missing;
  return `${missing}: add "toes": ${withoutControls(JSON.stringify(start.trim()))} to "scripts"`;
}

/** Everything under `toes`, where each field is optional. */
function readOptions(toes: unknown, warnings: string[]): Omit<Manifest, 'script' | 'warnings'> {
  if (toes !== undefined && !isObject(toes)) {
    warnings.push(`toes in package.json must be an object; found ${found(toes)}: ignored`);
  }
  const field = fieldsOf('toes', isObject(toes) ? toes : {}, warnings);
  return {
    icon: field<string | null>(
      'icon',
      null,
      'the default icon is shown',
      'one character or a short text',
      (value) => (typeof value === 'string' && iconProblem(value) === null ? value : undefined),
    ),
    tool: field<string | true | null>(
      'tool',
      null,
      'taken as no tool',
      `true, false or a label of at most ${LONGEST.tool} characters`,
      readTool,
    ),
    health: field<HealthCheck | false>(
      'health',
      DEFAULT_HEALTH,
      `${DEFAULT_HEALTH_PATH} is checked`,
      `${PATH_RULE}, false, or an object with path, interval, timeout, failures, startPeriod, userAgent`,
      (value) => {
        if (value === false) return false;
        if (isHealthPath(value)) return { ...DEFAULT_HEALTH, path: value };
        return isObject(value) ? readHealthCheck(value, warnings) : undefined;
      },
    ),
    install: field('install', true, 'taken as true', 'true or false', readBoolean),
    servesPort: field(
      'port',
      true,
      'taken as true, and the port is the one in PORT',
      'true or false',
      readBoolean,
    ),
    restart: field<RestartPolicy>(
      'restart',
      DEFAULT_RESTART_POLICY,
      'taken as "on-failure"',
      '"on-failure", "always" or "never"',
      (value) =>
        typeof value === 'string' && Object.hasOwn(RESTART_POLICIES, value)
          ? RESTART_POLICIES[value]
          : undefined,
    ),
    startupTimeout: field<number | null>(
      'startupTimeout',
      null,
      "the server's own setting is used",
      timeRule(SHORTEST_START),
      (value) => readTime(value, SHORTEST_START),
    ),
    api: field<Manifest['api']>('api', null, 'the app gets no token', '"viewer" or "operator"', (value) =>
      value === 'viewer' || value === 'operator' ? value : undefined,
    ),
  };
}

function readTool(value: unknown): string | true | null | undefined {
  if (value === true) return true;
  if (value === false) return null;
  return typeof value === 'string' && isLabel(value) ? value : undefined;
}

function isLabel(text: string): boolean {
  return text.length <= LONGEST.tool && text.trim() !== '' && !/\p{Cc}/u.test(text);
}

function readBoolean(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** As earlier versions wrote it: before `toes.startupTimeout`, `toes.restart`, and an object as `toes.health`. */
type OldManifest = Omit<Manifest, 'health' | 'restart' | 'startupTimeout'> & {
  readonly healthPath?: string | false;
  readonly health?: Manifest['health'];
  readonly restart?: RestartPolicy;
  readonly startupTimeout?: number | null;
};

/** A manifest from the database, which an earlier version may have written: until its file is read again. */
export function writtenManifest(written: Manifest | OldManifest): Manifest {
  const { restart = DEFAULT_RESTART_POLICY, startupTimeout = null, ...manifest } = written;
  if (manifest.health !== undefined) {
    const health = manifest.health && { ...DEFAULT_HEALTH, ...manifest.health };
    return { ...manifest, restart, startupTimeout, health };
  }
  const { healthPath = DEFAULT_HEALTH_PATH, ...others } = manifest as OldManifest;
  const path = healthPath === DEFAULT_HEALTH_PATH ? null : healthPath;
  const health = path === false ? (false as const) : { ...DEFAULT_HEALTH, path };
  return { ...others, restart, startupTimeout, health };
}
