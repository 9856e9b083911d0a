SELECT b.id, b.student_id, b.project_id, b.commit_sha, b.branch, b.image_tag, b.digest, b.status, b.reason, b.message, b.log_object_key,
 b.job_name, b.trigger, b.created_at, b.started_at, b.finished_at, b.duration, b.course_id, b.commit_message, b.commit_author, b.image_repo,
 b.phase, b.waiting_for, b.log_bytes, b.cancel_requested_at, b.superseded_by, p.name AS p_name, s.name AS s_name, c.code AS c_code,
 s.user_id AS s_user, b.evidence, b.config->>'repo_url' AS repo_url, b.config->>'dockerfile_path' AS dockerfile_path,
 b.config->>'context_path' AS context_path, b.config->>'builder' AS builder, b.config_digest, b.created_by, b.cancelled_by, b.retry_of,
 b.log_complete, b.archived_at, u.name AS u_name
FROM builds b JOIN projects p ON p.id = b.project_id JOIN students s ON s.id = b.student_id JOIN courses c ON c.id = b.course_id
LEFT JOIN users u ON u.id = b.created_by WHERE b.id = $1
