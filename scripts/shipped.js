// Which locked packages reach the people who install the server.

/**
 * The places (`node_modules/a`) of the packages that an installation needs or that the build contains: all that the lock
 * does not mark as needed by developers alone, the packages that package.json names as `bundled`, and what these need.
 * Optional peers are left out.
 * @param {Record<string, object>} locked `packages` of package-lock.json
 * @param {readonly string[]} bundled `bundled` of package.json
 * @returns {Set<string>}
 */
export function shippedPlaces(locked, bundled) {
  const installed = Object.keys(locked).filter((place) => place !== '' && !locked[place].dev);
  const built = bundled.flatMap((name) => placeOf(locked, '', name) ?? []);
  const found = new Set([...installed, ...built]);
  for (const place of found) {
    for (const name of neededBy(locked[place])) {
      const next = placeOf(locked, place, name);
      if (next !== undefined) found.add(next);
    }
  }
  return found;
}

function neededBy({ dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta = {} }) {
  const peers = Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta[name]?.optional);
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers];
}

/** Where Node finds a package for another one: in its own node_modules, or in those of the directories above. */
function placeOf(locked, from, name) {
  for (let place = from; ; place = place.slice(0, Math.max(0, place.lastIndexOf('node_modules/') - 1))) {
    const found = `${place === '' ? '' : `${place}/`}node_modules/${name}`;
    if (locked[found] !== undefined) return found;
    if (place === '') return undefined;
  }
}
