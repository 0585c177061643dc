import { readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { PortProbe } from '../../contracts/ports.ts';
import type { PortHolder } from '../../core/errors.ts';
import { Slices } from '../../host/event-loop.ts';
import { coalesce, persistently } from './coalesce.ts';
import { commandOf, createProcSockets, socketInode } from './sockets.ts';

const UNKNOWN: PortHolder = { pid: null, command: null };
/** How many processes' fds are read before other work goes on. */
const SLICE = 8;
/** How long a connection to this machine may take, in milliseconds. */
const CONNECT_TIMEOUT = 500;

/** Ports of this machine, asked of the system itself. Holders are found on Linux; elsewhere a taken port has an unknown one. */
export function createPortProbe(
  sockets = createProcSockets(),
  listProcesses = () => listDirectory('/proc'),
): PortProbe {
  const owners = new Map<string, { readonly pid: number; readonly fd: string }>();
  /** The ports that the next look is asked for. */
  let asked = new Set<number>();

  // Two looks never go on at once: those who ask while one goes on share the next one.
  const look = coalesce(
    () => {
      const ports = asked;
      asked = new Set();
      return holdersOf(ports);
    },
    () => 0,
  );

  /**
   * Who holds these sockets. Those it knows still do where one look at the fd says so.
   * @param all of the machine that listen: what is known of others is forgotten.
   */
  async function ownersOf(
    inodes: ReadonlySet<string>,
    all: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    for (const [inode, { pid, fd }] of owners) {
      if (!all.has(inode)) owners.delete(inode);
      else if (inodes.has(inode) && socketInode(pid, fd) === inode) found.set(inode, pid);
    }
    const missing = new Set([...inodes].filter((inode) => !found.has(inode)));
    const slices = new Slices(SLICE);
    for (const name of missing.size > 0 ? listProcesses() : []) {
      const pid = Number(name);
      if (!Number.isInteger(pid)) continue;
      const pause = slices.after();
      if (pause) await pause;
      for (const fd of listDirectory(`/proc/${pid}/fd`)) {
        const inode = socketInode(pid, fd);
        if (inode === null || !all.has(inode)) continue;
        // Those of ports that nobody asks for now spare the next question a walk.
        owners.set(inode, { pid, fd });
        if (missing.delete(inode)) found.set(inode, pid);
      }
      if (missing.size === 0) break;
    }
    return found;
  }

  async function holdersOf(ports: ReadonlySet<number>): Promise<ReadonlyMap<number, PortHolder>> {
    const listening = await persistently(sockets.listening);
    const holders = new Map<number, PortHolder>();
    if (listening === null) {
      // Not by binding: the app whose port it is may be about to.
      for (const port of ports) if (await accepts(port)) holders.set(port, UNKNOWN);
      return holders;
    }
    const held = listening.filter(({ port }) => ports.has(port));
    const pids = await ownersOf(inodesOf(held), inodesOf(listening));
    for (const { port, inode } of held) {
      const pid = pids.get(inode);
      if (pid !== undefined) holders.set(port, { pid, command: commandOf(pid) });
      else if (!holders.has(port)) holders.set(port, UNKNOWN);
    }
    return holders;
  }

  return {
    async canBind(port) {
      return canBindEverywhere(port);
    },
    async holders(ports) {
      if (ports.length === 0) return new Map();
      for (const port of ports) asked.add(port);
      const all = await look();
      return new Map(ports.flatMap((port) => holderIn(all, port)));
    },
  };
}

function holderIn(all: ReadonlyMap<number, PortHolder>, port: number): [number, PortHolder][] {
  const holder = all.get(port);
  return holder ? [[port, holder]] : [];
}

/** Whether a program listens on a loopback address of this machine. */
async function accepts(port: number): Promise<boolean> {
  const answers = await Promise.all(['127.0.0.1', '::1'].map((address) => takesConnection(port, address)));
  return answers.includes(true);
}

/** Whether something on this machine takes a TCP connection there now. */
export function takesConnection(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: address, timeout: CONNECT_TIMEOUT });
    const done = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', done(true)).once('error', done(false)).once('timeout', done(false));
  });
}

async function canBindEverywhere(port: number): Promise<boolean> {
  const both = await tryBind(port, '::');
  // No IPv6 on this machine: the other wildcard says all there is to say.
  return both === 'NO_SUCH_ADDRESS' ? canBind(port, '0.0.0.0') : both === 'BOUND';
}

/** Whether a server could bind the port on this address now. */
async function canBind(port: number, address: string): Promise<boolean> {
  return (await tryBind(port, address)) === 'BOUND';
}

function tryBind(port: number, host: string): Promise<'BOUND' | 'TAKEN' | 'NO_SUCH_ADDRESS'> {
  return new Promise((resolve) => {
    const server = createServer((connection) => connection.destroy());
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL' ? 'NO_SUCH_ADDRESS' : 'TAKEN');
    });
    try {
      server.listen({ port, host, exclusive: true }, () => server.close(() => resolve('BOUND')));
    } catch {
      // Not a port number.
      resolve('TAKEN');
    }
  });
}

function inodesOf(sockets: readonly { readonly inode: string }[]): ReadonlySet<string> {
  return new Set(sockets.map(({ inode }) => inode));
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
