/** Asks a question that a person answers with y or n. Everything but "y" and "yes", and the end of the input, means no. */
export async function isSure(question: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  // Without this, Ctrl-C would only end the question.
  asking.on('SIGINT', () => process.emit('SIGINT'));
  const gone = new Promise<string>((resolve) => asking.once('close', () => resolve('')));
  const answer = await Promise.race([asking.question(question), gone]);
  asking.close();
  return /^y(es)?$/i.test(answer.trim());
}
