/*
 * Contracts are the interfaces between rooms: what the supervisor, the schema and the server expect of the driver, the
 * logs, discovery, access and the database, and of one another. They import core alone and hold types only, so that
 * nothing of them is left in the program. Times are in milliseconds. Import each file by its own name.
 */
export {};
