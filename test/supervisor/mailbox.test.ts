import { describe, expect, it } from 'vitest';
import { Mailbox } from '../../src/supervisor/mailbox.ts';

describe('a mailbox', () => {
  it('handles one message at a time, in order, also those that handling one posts', () => {
    const story: string[] = [];
    const mailbox: Mailbox<string> = new Mailbox((message) => {
      story.push(`begin ${message}`);
      if (message === 'a') {
        mailbox.post('c');
        mailbox.post('d');
      }
      story.push(`end ${message}`);
      return 'DONE';
    });
    mailbox.post('a');
    mailbox.post('e');
    expect(story).toEqual(['a', 'c', 'd', 'e'].flatMap((name) => [`begin ${name}`, `end ${name}`]));
    const { length } = story;
    mailbox.resume();
    expect(story).toHaveLength(length);
  });

  it('keeps a message that must wait at its head until it is resumed', () => {
    const done: string[] = [];
    let answer: 'DONE' | 'LATER' = 'LATER';
    const mailbox = new Mailbox<string>((message) => {
      if (answer === 'DONE') done.push(message);
      return answer;
    });
    mailbox.post('a');
    mailbox.post('b');
    expect(done).toEqual([]);
    answer = 'DONE';
    mailbox.resume();
    expect(done).toEqual(['a', 'b']);
  });
});
