import { span } from './format.ts';
import { hideCursor, type Output } from './output.ts';
import { own } from './sink.ts';
import { cut } from './table.ts';

export interface Spinner {
  /** What goes on now. */
  say(step: string): void;
  /** Takes it off the terminal. */
  end(): void;
}

const FRAMES = [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'];
/** Milliseconds. */
const FRAME = 80;
/** Before this nobody wants to know how long it takes. Milliseconds. */
const LONG = 2_000;

/** Shows on standard error that something goes on, on one line of a terminal; elsewhere each step is a line. */
export function startSpinner(out: Output, subject: string): Spinner {
  return out.lively ? onTerminal(out, subject) : asLines(out, subject);
}

function asLines(out: Output, subject: string): Spinner {
  let last = '';
  return {
    say(step) {
      if (step !== last) out.note(`${subject}: ${step}`);
      last = step;
    },
    end() {},
  };
}

function onTerminal(out: Output, subject: string): Spinner {
  const restore = hideCursor(2);
  const begun = performance.now();
  let [frame, text] = [0, ''];
  const draw = () => {
    const passed = performance.now() - begun;
    const time = passed < LONG ? '' : ` (${span(passed)})`;
    const line = cut(`${subject}: ${text}${time}`, (process.stderr.columns || 80) - 2);
    out.show(`${own('\r')}${out.paintError('cyan', FRAMES[frame] ?? '')} ${line}${own('[K')}`);
    frame = (frame + 1) % FRAMES.length;
  };
  const timer = setInterval(draw, FRAME);
  return {
    say(step) {
      text = step;
      draw();
    },
    end() {
      clearInterval(timer);
      out.show(`${own('\r')}${own('[K')}`);
      restore();
    },
  };
}
