import { Command, InvalidArgumentError, Option } from 'commander';
import { keepingTime } from '../config/values.ts';
import { ROLES, type Role, tokenNameProblem } from '../core/access.ts';
import type { TokenFlags } from './token/work.ts';

const HELP = `
These commands work on the state directory, with or without a running server. The server applies a change
within a second.

Examples:
  toehold token create ci --role operator --expires 30d
  toehold token revoke ci`;

const CREATE_HELP = `
The token is printed once, on standard output. Only its hash is kept. A viewer reads; an operator also
starts, stops, and restarts apps; an admin can do everything.

Example:
  toehold token create ci --role operator --expires 30d`;

const LIST_HELP = `
Lists valid tokens, oldest first. KIND is TOKEN (made by toehold token create), SESSION (a browser), or RUN
(an app).

Example:
  toehold token list --json`;

const REVOKE_HELP = `
Its streams and requests end, and so do the browser sessions that were started with it.

Example:
  toehold token revoke ci`;

/** `toehold token`. */
export function tokenCommand(): Command {
  return new Command('token')
    .description('Makes, lists, and revokes access tokens.')
    .addHelpText('after', HELP)
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());
}

interface CreateFlags extends TokenFlags {
  readonly role: Role;
  readonly expires?: number;
}

function createCommand(): Command {
  const roles = ROLES.map((role) => role.toLowerCase());
  const role = new Option('--role <role>', 'The role of the token.')
    .choices(roles)
    .default('VIEWER', 'viewer')
    .argParser(parseRole);
  return common(new Command('create'))
    .description('Makes a token and prints it.')
    .argument('<name>', 'The name of the token, which the audit log shows as the actor.', parseName)
    .addOption(role)
    .option('--expires <time>', 'The lifetime, such as 30d (default: until it is revoked).', parseTime)
    .addHelpText('after', CREATE_HELP)
    .action(async (name: string, { role, expires, ...flags }: CreateFlags) => {
      const { createToken } = await import('./token/work.ts');
      await createToken({ name, role, lifetime: expires ?? null }, flags);
    });
}

function listCommand(): Command {
  return common(new Command('list'))
    .description('Lists the tokens, without their secrets.')
    .addHelpText('after', LIST_HELP)
    .action(async (flags: TokenFlags) => {
      const { listTokens } = await import('./token/work.ts');
      await listTokens(flags);
    });
}

function revokeCommand(): Command {
  return common(new Command('revoke'))
    .description('Revokes a token.')
    .argument('<token>', 'The id or the name of the token.')
    .addHelpText('after', REVOKE_HELP)
    .action(async (token: string, flags: TokenFlags) => {
      const { revokeToken } = await import('./token/work.ts');
      await revokeToken(token, flags);
    });
}

function common(command: Command): Command {
  return command
    .option('--data-dir <path>', 'The data directory (default: .). [DATA_DIR]')
    .option('--json', 'Print JSON.');
}

function parseRole(text: string): Role {
  const role = ROLES.find((known) => known.toLowerCase() === text.toLowerCase());
  if (!role) throw new InvalidArgumentError('It must be viewer, operator, or admin.');
  return role;
}

function parseName(text: string): string {
  const problem = tokenNameProblem(text);
  if (problem !== null) throw new InvalidArgumentError(`${problem}.`);
  return text;
}

function parseTime(text: string): number {
  const kind = keepingTime('30d');
  const time = kind.parse(text);
  if (time === undefined) throw new InvalidArgumentError(`It must be ${kind.expected}.`);
  return time;
}
