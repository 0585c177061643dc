import { span } from './format.ts';
import { hideCursor, type Output } from './output.ts';
import { own } from './sink.ts';
import { cut } from './table.ts';
import { simpleWidth, widthFor } from './width.ts';

interface Spinner {
  /** Shows the current step. */
  say(step: string): void;
  /** Removes the spinner from the terminal. */
  end(): void;
}

const FRAMES = [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'];
/** The time between two frames, in milliseconds. */
const FRAME = 80;
/** After this time the spinner also shows the elapsed time. Milliseconds. */
const LONG = 2_000;

/** Shows progress on standard error: one animated line in a terminal, elsewhere a line for each step. */
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
  let widthOf = simpleWidth;
  void widthFor([subject]).then((width) => {
    widthOf = width;
  });
  const draw = () => {
    const passed = performance.now() - begun;
    const time = passed < LONG ? '' : ` (${span(passed)})`;
    const line = cut(`${subject}: ${text}${time}`, (process.stderr.columns || 80) - 2, widthOf);
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
