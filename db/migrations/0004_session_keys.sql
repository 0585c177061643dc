ALTER TABLE `tokens` ADD `key_thumbprint` text;--> statement-breakpoint
-- Sessions of before were promised 30 days and noted their use to the hour: those unused for 12 hours end now.
UPDATE `tokens` SET `expires_at` = min(`expires_at`, coalesce(`last_used_at`, `created_at`) + 46800000) WHERE `kind` = 'SESSION';
