import type { AppRef, ToeholdClient } from '../../../client/index.ts';
import { plain } from '../terminal/escape.ts';
import type { Output } from '../terminal/output.ts';
import { type Style, styleAt } from '../terminal/style.ts';
import { namedApps } from './app-refs.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Labels for these apps, or for all. @throws ToeholdError */
export async function appLabels(
  client: ToeholdClient,
  refs: readonly AppRef[] | undefined,
): Promise<AppLabels> {
  const apps = await namedApps(client);
  return new AppLabels(refs ? apps.filter(({ id }) => refs.some((ref) => ref.id === id)) : apps);
}

/** Wider labels are not aligned: one long name must not move all lines to the right. */
const WIDEST = 20;

/** The names of apps before their lines: aligned, and with different colors for neighbors in the list. */
export class AppLabels {
  readonly #styles = new Map<string, Style>();
  #width = 0;

  constructor(apps: readonly Named[]) {
    for (const app of apps) this.#add(app);
  }

  /** The name and the spaces that align it. A name that was not in the list widens the labels from then on. */
  text(app: Named, { paint }: Pick<Output, 'paint'>): string {
    const style = this.#styles.get(app.id) ?? this.#add(app);
    const name = plain(app.name);
    if (name.length <= WIDEST) this.#width = Math.max(this.#width, name.length);
    return paint(style, name) + ' '.repeat(Math.max(0, this.#width - name.length));
  }

  #add({ id, name }: Named): Style {
    const style = styleAt(this.#styles.size);
    this.#styles.set(id, style);
    if (name.length <= WIDEST) this.#width = Math.max(this.#width, name.length);
    return style;
  }
}
