export { type AppUser, findAppUser } from './app-user.ts';
export { createLocalDriver, type LocalDriverOptions } from './driver.ts';
