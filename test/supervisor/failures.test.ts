import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BEN, errorOf, NEW, OLD, stageWith } from './given.ts';

const stage = stageWith(['blog']);
const blog = { name: 'blog' };

/** An error as a defect throws it, whose text must stay in the log. */
function defect(): { readonly error: Error; readonly text: string } {
  const text = `undefined is not a secret ${randomUUID()}`;
  return { error: new TypeError(text), text };
}

/** What the log has under the reference that the message names. */
function loggedUnder(message: string): readonly unknown[] {
  const reference = /log has the reason under ([0-9a-f]{8})$/.exec(message)?.[1];
  expect(reference, message).toBeDefined();
  return stage().logged.flatMap((data) =>
    'reference' in data && 'err' in data && data.reference === reference ? [data.err] : [],
  );
}

describe('an unexpected error of a command', () => {
  it('is logged whole, and the client gets a reference to it instead of its text', async () => {
    const { error, text } = defect();
    stage().folders.files.exists = () => Promise.reject(error);
    const { code, message } = errorOf(await stage().control.supervisor.rename(blog, 'diary', BEN));
    expect(code).toBe('RENAME_FAILED');
    expect(message).not.toContain(text);
    expect(loggedUnder(message.replace(/^.*?, /, ''))).toEqual([error]);
  });

  it('that nothing catches on the way says that something may have been done', async () => {
    await stage().control.supervisor.stop(blog, { ...BEN, wait: true });
    const { error, text } = defect();
    stage().breakProbe = error;
    const { code, message } = errorOf(await stage().control.supervisor.assignPort(blog, 3007, BEN));
    expect(code).toBe('OPERATION_FAILED');
    expect(message).toMatch(
      /^The operation failed unexpectedly, and part of it may have been done\. Look at the app /,
    );
    expect(message).not.toContain(text);
    expect(loggedUnder(message)).toEqual([error]);
  });

  it('of the first step does not claim that nothing has changed', async () => {
    const { error } = defect();
    const { files } = stage().folders;
    const { writeIcon } = files;
    files.writeIcon = async (name, icon) => {
      await writeIcon(name, icon);
      throw error;
    };
    const { message } = errorOf(await stage().control.supervisor.setIcon(blog, '🦊', BEN));
    expect(message).toMatch(/part of it may have been done/);
    expect(loggedUnder(message)).toEqual([error]);
  });

  it('in a commit is masked, too', async () => {
    const { error, text } = defect();
    stage().refusal = error;
    stage().full = true;
    const { message } = errorOf(await stage().control.supervisor.restart(blog, BEN));
    expect(message).not.toContain(text);
    expect(loggedUnder(message)).toMatchObject([{ cause: error }]);
  });

  it('while `current` is moved back says where it points, and masks the reason', async () => {
    stage().folders.put('blog', { release: OLD });
    await stage().settle();
    const { error, text } = defect();
    const { look } = stage().folders.files;
    stage().folders.files.look = async () => {
      stage().folders.files.look = look;
      throw error;
    };
    const { message } = errorOf(await stage().control.supervisor.activateRelease(blog, NEW, BEN));
    expect(message).toMatch(new RegExp(`^current points at ${OLD} again: `));
    expect(message).not.toContain(text);
    expect(loggedUnder(message)).toEqual([error]);
  });
});

describe('a refusal of the file system', () => {
  it('while the releases are listed has its own text, and nothing has changed', async () => {
    stage().folders.files.releases = () => Promise.reject(new Error('EACCES: permission denied'));
    expect(errorOf(await stage().control.supervisor.activateRelease(blog, NEW, BEN))).toEqual({
      code: 'OPERATION_FAILED',
      message: 'Nothing has changed: EACCES: permission denied',
    });
    expect(stage().problems).toEqual([]);
  });
});
