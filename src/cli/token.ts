import { Command, InvalidArgumentError, Option } from 'commander';
import { keepingTime } from '../config/values.ts';
import { ROLES, type Role, tokenNameProblem } from '../core/access.ts';
import type { TokenFlags } from './token/work.ts';

const HELP = `
Works on the state directory, with a running server or without: the server takes a change up within a second.

Examples:
  toehold token create ci --role operator --expires 30d
  toehold token revoke ci`;

const CREATE_HELP = `
The token is printed on standard output, this once; all that is kept of it is a hash. Roles: viewer reads; operator
starts, stops and restarts apps too; admin may do everything.

Example:
  toehold token create ci --role operator --expires 30d`;

const LIST_HELP = `
Those that are worth something, oldest first: TOKEN was made by somebody, SESSION is a browser's, RUN an app's own.

Example:
  toehold token list --json`;

const REVOKE_HELP = `
What goes on in its name ends, and the browsers' sessions that were begun by it end with it.

Example:
  toehold token revoke ci`;

/** `toehold token`. */
export function tokenCommand(): Command {
  return new Command('token')
    .description('Makes, lists and revokes the tokens by which others may ask the server.')
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
  const role = new Option('--role <role>', 'What it may do.')
    .choices(roles)
    .default('VIEWER', 'viewer')
    .argParser(parseRole);
  return common(new Command('create'))
    .description('Makes a token and prints it.')
    .argument('<name>', 'What it is for: the actor of what is done with it.', parseName)
    .addOption(role)
    .option('--expires <time>', 'How long it lasts, such as 30d (default: until it is revoked).', parseTime)
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
    .description('Ends a token.')
    .argument('<token>', 'Its id or its name.')
    .addHelpText('after', REVOKE_HELP)
    .action(async (token: string, flags: TokenFlags) => {
      const { revokeToken } = await import('./token/work.ts');
      await revokeToken(token, flags);
    });
}

function common(command: Command): Command {
  return command
    .option('--data-dir <path>', 'Where the server’s data lies (default: .). [DATA_DIR]')
    .option('--json', 'Print JSON.');
}

function parseRole(text: string): Role {
  const role = ROLES.find((known) => known.toLowerCase() === text.toLowerCase());
  if (!role) throw new InvalidArgumentError('It takes viewer, operator or admin.');
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
  if (time === undefined) throw new InvalidArgumentError(`It takes ${kind.takes}.`);
  return time;
}
