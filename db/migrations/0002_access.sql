CREATE TABLE `audit` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`token` text,
	`role` text NOT NULL,
	`action` text NOT NULL,
	`input` text NOT NULL,
	`outcome` text,
	`ended_at` integer
);
--> statement-breakpoint
CREATE INDEX `audit_at` ON `audit` (`at`);--> statement-breakpoint
CREATE TABLE `tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`role` text NOT NULL,
	`hash` blob NOT NULL,
	`parent` text,
	`run` integer,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	`last_used_at` integer
);
--> statement-breakpoint
CREATE INDEX `tokens_parent` ON `tokens` (`parent`);--> statement-breakpoint
CREATE INDEX `tokens_run` ON `tokens` (`run`);