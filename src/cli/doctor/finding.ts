import type { Config } from '../../config.ts';

/** The result of a check. */
export interface Finding {
  readonly check: string;
  /** `problem`: something does not work. `warning`: something can fail later, or is not as it should be. */
  readonly status: 'ok' | 'warning' | 'problem';
  /** One sentence. */
  readonly found: string;
  /** What to do; null: nothing. */
  readonly advice: string | null;
}

/** Checks one thing and changes nothing. If it throws, that is reported as a problem. */
export interface Check {
  readonly name: string;
  run(config: Config): Finding[] | Promise<Finding[]>;
}

type Findings = Readonly<Record<Finding['status'], (found: string, advice?: string) => Finding>>;

/** Functions that make the findings of one check. */
export function findingsOf(check: string): Findings {
  const make =
    (status: Finding['status']) =>
    (found: string, advice?: string): Finding => ({ check, status, found, advice: advice ?? null });
  return { ok: make('ok'), warning: make('warning'), problem: make('problem') };
}
