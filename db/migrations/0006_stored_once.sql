ALTER TABLE `apps` DROP COLUMN `desired`;--> statement-breakpoint
ALTER TABLE `apps` DROP COLUMN `phase`;--> statement-breakpoint
ALTER TABLE `apps` ADD `desired` text GENERATED ALWAYS AS (json_extract(lifecycle, '$.desired')) VIRTUAL;--> statement-breakpoint
ALTER TABLE `apps` ADD `phase` text GENERATED ALWAYS AS (json_extract(lifecycle, '$.phase.kind')) VIRTUAL;--> statement-breakpoint
UPDATE `apps` SET `lifecycle` = json_set(`lifecycle`, '$.phase.run', json_object('id', json_extract(`lifecycle`, '$.phase.run.id'))) WHERE json_extract(`lifecycle`, '$.phase.run.app') IS NOT NULL;
