CREATE TABLE `apps` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`identity` text,
	`created_at` integer NOT NULL,
	`revision` integer NOT NULL,
	`missing_since` integer,
	`release` text,
	`directory` text,
	`desired` text NOT NULL,
	`phase` text NOT NULL,
	`manifest` text,
	`lifecycle` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `apps_name_unique` ON `apps` (`name`);--> statement-breakpoint
CREATE TABLE `clock_steps` (
	`mark` integer PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE `epochs` (
	`epoch` integer PRIMARY KEY NOT NULL,
	`started_at` integer NOT NULL,
	`last_event` integer,
	`last_mark` integer
);
--> statement-breakpoint
CREATE TABLE `events` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`type` text NOT NULL,
	`app` integer,
	`app_name` text,
	`fact` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `events_app` ON `events` (`app`);--> statement-breakpoint
CREATE TABLE `installs` (
	`directory` text PRIMARY KEY NOT NULL,
	`key` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `lost_marks` (
	`app` integer PRIMARY KEY NOT NULL,
	`mark` integer NOT NULL,
	`byte` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `marks` (
	`seq` integer PRIMARY KEY NOT NULL,
	`app` integer NOT NULL,
	`stream` integer NOT NULL,
	`run` integer NOT NULL,
	`generation` integer NOT NULL,
	`from_byte` integer NOT NULL,
	`size` integer NOT NULL,
	`at` integer NOT NULL,
	`tail` blob NOT NULL
);
--> statement-breakpoint
CREATE INDEX `marks_app_stream` ON `marks` (`app`,`stream`);--> statement-breakpoint
CREATE TABLE `meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `ports` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`port` integer NOT NULL,
	`app` integer NOT NULL,
	`assigned_at` integer NOT NULL,
	FOREIGN KEY (`app`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `ports_port_unique` ON `ports` (`port`);--> statement-breakpoint
CREATE UNIQUE INDEX `ports_app_unique` ON `ports` (`app`);--> statement-breakpoint
CREATE TABLE `runs` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`app` integer NOT NULL,
	`phase` text NOT NULL,
	`cause` text NOT NULL,
	`actor` text NOT NULL,
	`release` text,
	`port` integer,
	`pid` integer,
	`handle` text,
	`started_at` integer NOT NULL,
	`ready_at` integer,
	`ended_at` integer,
	`exit_reason` text,
	`exit_code` integer,
	`exit_signal` text,
	`exit_at` integer,
	`recoveries` integer NOT NULL,
	FOREIGN KEY (`app`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `runs_app` ON `runs` (`app`);--> statement-breakpoint
CREATE INDEX `runs_live` ON `runs` (`id`) WHERE phase <> 'ENDED';--> statement-breakpoint
CREATE TABLE `spools` (
	`run` integer NOT NULL,
	`stream` integer NOT NULL,
	`app` integer NOT NULL,
	`first_mark` integer NOT NULL,
	`last_mark` integer NOT NULL,
	PRIMARY KEY(`run`, `stream`)
);
--> statement-breakpoint
CREATE INDEX `spools_app` ON `spools` (`app`);