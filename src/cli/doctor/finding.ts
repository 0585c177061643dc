import type { Config } from '../../config.ts';

/** What one look found. */
export interface Finding {
  readonly check: string;
  /** `problem`: something does not work; `warning`: it may not one day, or is not as it should be. */
  readonly status: 'ok' | 'warning' | 'problem';
  /** One sentence. */
  readonly found: string;
  /** What to do; null where there is nothing to do. */
  readonly advice: string | null;
}

/** Looks at one thing and touches nothing. One that throws is a problem of its own. */
export interface Check {
  readonly name: string;
  run(config: Config): Finding[] | Promise<Finding[]>;
}

type Findings = Readonly<Record<Finding['status'], (found: string, advice?: string) => Finding>>;

/** Makes the findings of one check. */
export function findingsOf(check: string): Findings {
  const make =
    (status: Finding['status']) =>
    (found: string, advice?: string): Finding => ({ check, status, found, advice: advice ?? null });
  return { ok: make('ok'), warning: make('warning'), problem: make('problem') };
}
