import { reasonOf } from './errors.ts';
import { type JsonMember, type JsonObjectText, readObjectText, skipWhiteSpace } from './json-text.ts';

const DEFAULT_INDENT = '  ';

/**
 * Writes `toes.icon` into the text of a package.json, or takes it out where the icon is null (and `toes`
 * with it, where it holds nothing else). Everything else stays as it is, byte for byte: byte-order mark,
 * indentation, line ends, order, numbers as they are written.
 * @throws Error where the text is not that of a JSON object.
 */
export function editIcon(text: string, icon: string | null): string {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const json = text.slice(mark.length);
  assertObject(json);
  const root = readObjectText(json, skipWhiteSpace(json, 0));
  return mark + (icon === null ? withoutIcon(json, root) : withIcon(json, root, JSON.stringify(icon)));
}

/**
 * Adds a script to `scripts` in the text of a package.json. Everything else stays as it is.
 * @throws Error where the text is not that of a JSON object, or has no scripts to add to
 */
export function addScript(text: string, name: string, script: string): string {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const json = text.slice(mark.length);
  assertObject(json);
  const scripts = last(readObjectText(json, skipWhiteSpace(json, 0)), 'scripts');
  if (!scripts || json[scripts.valueStart] !== '{') throw new Error('package.json has no scripts');
  const object = readObjectText(json, scripts.valueStart);
  const value = JSON.stringify(script);
  const present = last(object, name);
  if (present) return mark + splice(json, present.valueStart, present.valueEnd, value);
  return mark + append(json, object, (style) => `${JSON.stringify(name)}:${style.gap}${value}`);
}

function assertObject(json: string): void {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new Error(`Invalid JSON in package.json: ${reasonOf(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('package.json is not an object');
  }
}

function withIcon(json: string, root: JsonObjectText, icon: string): string {
  const toes = last(root, 'toes');
  if (!toes) return append(json, root, (style) => `"toes":${style.gap}${wrapped(style, icon)}`);
  if (json[toes.valueStart] !== '{') {
    // It is ignored as it stands (a warning says so), and there is no place for an icon in it.
    const text = wrapped(styleOf(json, root), icon);
    return splice(json, toes.valueStart, toes.valueEnd, text);
  }
  const object = readObjectText(json, toes.valueStart);
  const present = last(object, 'icon');
  if (present) return splice(json, present.valueStart, present.valueEnd, icon);
  if (object.members.length > 0) return append(json, object, (style) => `"icon":${style.gap}${icon}`);
  return splice(json, object.start, object.end, wrapped(styleOf(json, root), icon));
}

function withoutIcon(json: string, root: JsonObjectText): string {
  const toes = last(root, 'toes');
  if (!toes || json[toes.valueStart] !== '{') return json;
  const object = readObjectText(json, toes.valueStart);
  const icons = object.members.filter((member) => member.key === 'icon');
  if (icons.length === 0) return json;
  if (icons.length === object.members.length) {
    const twice = root.members.some((member) => member.key === 'toes' && member !== toes);
    return twice ? splice(json, object.start, object.end, '{}') : without(json, root, [toes]);
  }
  // All of a key that comes twice: without the one that counts, the one before it would count.
  return without(json, object, icons);
}

/** How the members of an object are written. */
interface Style {
  /** What stands before each key: nothing, a space, or a line end with the indentation. */
  readonly before: string;
  /** One level more, where each member has a line of its own. */
  readonly unit: string;
  /** Between a colon and the value. */
  readonly gap: string;
}

function styleOf(json: string, object: JsonObjectText): Style {
  const lineEnd = /\r?\n/.exec(json)?.[0] ?? '\n';
  const member = object.members.at(-1);
  if (!member) return { before: lineEnd + DEFAULT_INDENT, unit: DEFAULT_INDENT, gap: ' ' };
  const gap = json[member.valueStart - 1] === ':' ? '' : ' ';
  const inner = blanksBefore(json, member.keyStart);
  const ended = json.slice(0, member.keyStart - inner.length);
  if (ended.endsWith('\n')) {
    return { before: (ended.endsWith('\r\n') ? '\r\n' : '\n') + inner, unit: indentUnit(json), gap };
  }
  return { before: inner === '' && object.members.length === 1 ? gap : inner, unit: '', gap };
}

/** The spaces and tabs right before an offset. */
function blanksBefore(json: string, offset: number): string {
  let start = offset;
  while (json[start - 1] === ' ' || json[start - 1] === '\t') start--;
  return json.slice(start, offset);
}

/** One level's indentation: what stands before the first key of the file. */
function indentUnit(json: string): string {
  return /^\s*\{[ \t]*\r?\n(?:[ \t]*\r?\n)*([ \t]+)"/.exec(json)?.[1] ?? DEFAULT_INDENT;
}

/** An object of its own for the icon, as the value of a member that is written in this style. */
function wrapped(style: Style, icon: string): string {
  const member = `"icon":${style.gap}${icon}`;
  return style.before.includes('\n')
    ? `{${style.before}${style.unit}${member}${style.before}}`
    : `{${style.gap}${member}${style.gap}}`;
}

function append(json: string, object: JsonObjectText, member: (style: Style) => string): string {
  const style = styleOf(json, object);
  const previous = object.members.at(-1);
  if (previous) return splice(json, previous.valueEnd, previous.valueEnd, `,${style.before}${member(style)}`);
  const lineEnd = style.before.startsWith('\r') ? '\r\n' : '\n';
  return splice(json, object.start, object.end, `{${style.before}${member(style)}${lineEnd}}`);
}

/** Takes out some of the members, in one pass: there may be as many as the text has room for. */
function without(json: string, object: JsonObjectText, members: readonly JsonMember[]): string {
  const gone = new Set(members);
  const [first] = object.members;
  const firstKept = object.members.find((member) => !gone.has(member));
  if (!first || !firstKept) return splice(json, object.start, object.end, '{}');
  const parts = [json.slice(0, first.keyStart)];
  let from = firstKept.keyStart;
  let end = from;
  for (const member of object.members) {
    if (member.keyStart < from) continue;
    if (gone.has(member)) {
      parts.push(json.slice(from, end));
      from = member.valueEnd;
    }
    end = member.valueEnd;
  }
  return parts.join('') + json.slice(from);
}

/** JSON.parse takes the last one of a key that comes twice. */
function last(object: JsonObjectText, key: string): JsonMember | undefined {
  return object.members.findLast((member) => member.key === key);
}

function splice(text: string, from: number, to: number, replacement: string): string {
  return text.slice(0, from) + replacement + text.slice(to);
}
