// Apps are directories in APPS_DIR. This room looks at them and watches them (`AppDiscovery`), and makes every change in
// them (`AppDirectories`). It decides nothing about apps, and must not know the supervisor, the database, or the driver.

export { AppDirectories } from './app-directories.ts';
export { AppDiscovery, type RescannableDiscovery } from './discovery.ts';
