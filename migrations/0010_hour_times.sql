-- How long the builds of an hour took: a byte for each that succeeded or failed and has started, which is the bucket of its duration (as in
-- build_stats_times) plus 73. The bytes of many hours one behind the other are the times of an hour of the day. All builds are counted anew;
-- the column has no default, so that a worker of the release before, which does not write it, counts none meanwhile.
UPDATE build_stats_state SET upto = '-infinity';
DELETE FROM build_stats_hours;
DELETE FROM build_stats_reasons;
DELETE FROM build_stats_times;
ALTER TABLE build_stats_hours ADD COLUMN durations bytea NOT NULL;
