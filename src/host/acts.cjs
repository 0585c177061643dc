// Makes one change of files as the user that it runs as, and ends. Node gets it as text (`act-as.ts`), because that user
// may not be allowed to read the directory of this file. So it must not import any other file of this program, and
// repeats what it needs. It takes one act as JSON on stdin and answers `{}` or `{code, message}` on stdout.
const fs = require('node:fs');
const { dirname } = require('node:path');
const { spawnSync } = require('node:child_process');

/** What each act does. */
const ACTS = {
  rename({ from, to }) {
    // rename(2) replaces an empty directory, and a file by a file.
    if (fs.lstatSync(to, { throwIfNoEntry: false })) throw coded('EEXIST', `${to} is there already`);
    fs.renameSync(from, to);
    sync(dirname(from));
    sync(dirname(to));
  },
  makeDirectory({ path, mode }) {
    fs.mkdirSync(path, { mode });
  },
  point({ path, temporary, target }) {
    put(path, temporary, () => fs.symlinkSync(target, temporary));
  },
  replace({ path, temporary, text, mode, gid }) {
    // The permissions of the directory would be enough, but a file that is not writable is not replaced.
    if (fs.lstatSync(path, { throwIfNoEntry: false })) fs.accessSync(path, fs.constants.W_OK);
    put(path, temporary, () => {
      const { O_WRONLY, O_CREAT, O_EXCL } = fs.constants;
      const file = fs.openSync(temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
      try {
        if (gid !== null) attempt(() => fs.fchownSync(file, -1, gid));
        fs.fchmodSync(file, mode);
        fs.writeFileSync(file, text);
        fs.fsyncSync(file);
      } finally {
        fs.closeSync(file);
      }
    });
  },
  remove({ path }) {
    fs.rmSync(path, { force: true });
  },
  removeTree({ path, timeout }) {
    if (!fs.lstatSync(path).isDirectory()) return fs.unlinkSync(path);
    process.chdir(path);
    ACTS.empty({ timeout });
    process.chdir('/');
    fs.rmdirSync(path);
  },
  // The content of the directory that this process was started in. Both programs walk by descriptors, at any depth, and
  // each may take half of the time.
  empty({ timeout }) {
    const options = { stdio: 'ignore', timeout: timeout / 2, killSignal: 'SIGKILL' };
    // A directory without write permission cannot be emptied, not even by its owner.
    spawnSync('chmod', ['-R', 'u+rwX', '.'], options);
    // Moved into one directory whose name is text, because not every name is.
    attempt(() => fs.mkdirSync(EMPTYING));
    for (const name of fs.readdirSync('.', { encoding: 'buffer' })) {
      if (name.toString() !== EMPTYING)
        attempt(() => fs.renameSync(name, Buffer.concat([Buffer.from(`${EMPTYING}/`), name])));
    }
    const { error } = spawnSync('rm', ['-rf', '--', `./${EMPTYING}`], options);
    if (error) throw error;
    const [left] = fs.readdirSync('.', { encoding: 'buffer' });
    if (left) throw coded('ENOTEMPTY', reasonFor(left));
  },
};

const EMPTYING = '.toehold-removing';

/** Why files are left. */
function reasonFor(first) {
  const parts = [];
  for (let next = first; next; ) {
    parts.push(next);
    const path = Buffer.concat(
      parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from('/'), part])),
    );
    const stats = fs.lstatSync(path);
    if (stats.uid !== process.getuid()) return `${path} in it belongs to another user (uid ${stats.uid})`;
    if (!stats.isDirectory()) break;
    next = fs.readdirSync(path, { encoding: 'buffer' })[0];
  }
  return `${first} in it is still there`;
}

function put(path, temporary, make) {
  fs.rmSync(temporary, { force: true });
  try {
    make();
    fs.renameSync(temporary, path);
  } catch (error) {
    attempt(() => fs.rmSync(temporary, { force: true }));
    throw error;
  }
  sync(dirname(path));
}

function sync(directory) {
  const handle = fs.openSync(directory, 'r');
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

function attempt(work) {
  try {
    work();
  } catch {
    // The change is complete without it.
  }
}

function coded(code, message) {
  return Object.assign(new Error(message), { code });
}

let answer = {};
try {
  const { act, ...values } = JSON.parse(fs.readFileSync(0, 'utf8'));
  ACTS[act](values);
} catch (error) {
  answer = { code: String(error.code ?? 'EFAULT'), message: String(error.message).slice(0, 1000) };
}
fs.writeSync(1, JSON.stringify(answer));
