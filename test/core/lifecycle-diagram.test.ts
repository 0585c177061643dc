import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Lifecycle, Phase } from '../../src/core/lifecycle.ts';
import { transition } from '../../src/core/transition.ts';
import { CONTEXT, EVENTS, PHASES, stateIn } from './lifecycle-cases.ts';

/** The phases with every value that decides where they lead. */
function variants(phase: Phase): Phase[] {
  if (phase.kind === 'STOPPED') return [phase, { ...phase, needsPort: true }];
  if (phase.kind === 'READY') return [phase, { ...phase, failures: 2 }];
  if (phase.kind !== 'ENDING') return [phase];
  return [
    phase,
    { ...phase, next: { kind: 'START', cause: 'RELEASE', actor: 'ben' } },
    { ...phase, next: { kind: 'BACKOFF', cause: 'CRASH' } },
    { ...phase, next: { kind: 'EXITED' } },
  ];
}

/** The situations that a phase can be in: what is gone, invalid or held has no run, or is ending it. */
function situations({ kind }: Phase): Partial<Lifecycle>[] {
  const always: Partial<Lifecycle>[] = [{}, { desired: 'STOPPED' }];
  const start = { kind: 'START', cause: 'RENAME', actor: 'ben' } as const;
  const backoff = { kind: 'BACKOFF', cause: 'CRASH' } as const;
  const exited = { kind: 'EXITED' } as const;
  const held = [start, backoff, exited].map((resume) => ({ hold: { operation: 'RENAME' as const, resume } }));
  switch (kind) {
    case 'ENDING':
      return [...always, ...held, { present: false }, { invalid: 'Missing package.json' }];
    case 'STOPPED':
    case 'BACKOFF':
      return [...always, ...held];
    default:
      return always;
  }
}

/** Every way from one phase to another that the transition function can take. */
function edges(): Set<string> {
  const found = new Set<string>();
  for (const phase of PHASES.flatMap(variants)) {
    for (const situation of situations(phase)) {
      for (const [, event] of EVENTS) {
        for (const restart of ['ON_FAILURE', 'ALWAYS', 'NEVER'] as const) {
          const { state } = transition(stateIn(phase, situation), event, { ...CONTEXT, restart });
          if (state.phase.kind !== phase.kind) found.add(`${phase.kind} --> ${state.phase.kind}`);
        }
      }
    }
  }
  return found;
}

describe('the diagram of the lifecycle in ARCHITECTURE.md', () => {
  it('shows the ways that there are, and no others', async () => {
    const text = await readFile(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8');
    const drawn = [...text.matchAll(/^ +([A-Z]+) --> ([A-Z]+)/gm)].map(([, from, to]) => `${from} --> ${to}`);
    expect([...new Set(drawn)].sort()).toEqual([...edges()].sort());
  });
});
