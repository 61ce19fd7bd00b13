import { engineAnswers, missingImages, pullImages } from './containers.mjs';
import { StackFailure } from './failure.mjs';

const KINDS = ['native', 'containers'];

/** What HOLDFAST_STACK asks for, or null; anything but the two kinds is refused. */
export function forcedKind(env = process.env) {
  const asked = env.HOLDFAST_STACK;
  if (!asked) return null;
  if (KINDS.includes(asked)) return asked;
  throw new StackFailure(`HOLDFAST_STACK is "${asked}".`, 'Set it to native or containers, or leave it out.');
}

/**
 * Containers when an engine answers and the images are there or (with `pull`) can be pulled, else native.
 * A forced kind is only checked. Answers the kind and why.
 */
export function chooseKind({
  env = process.env,
  pull = false,
  report = () => {},
  engine = { engineAnswers, missingImages, pullImages },
} = {}) {
  const forced = forcedKind(env);
  if (forced === 'native') return { kind: 'native', because: 'HOLDFAST_STACK says so' };
  if (!engine.engineAnswers()) {
    if (forced) throw new StackFailure('No container engine answers.', 'Start one, or set HOLDFAST_STACK=native.');
    return { kind: 'native', because: 'no container engine answers' };
  }
  const missing = engine.missingImages();
  if (missing.length === 0 || (pull && engine.pullImages(missing, report))) {
    return {
      kind: 'containers',
      because: forced ? 'HOLDFAST_STACK says so' : 'a container engine answers and has the images',
    };
  }
  if (forced)
    throw new StackFailure(`The engine lacks ${missing.join(', ')}.`, `Pull them: docker pull ${missing[0]} …`);
  return { kind: 'native', because: `the container engine lacks ${missing.join(', ')}` };
}
