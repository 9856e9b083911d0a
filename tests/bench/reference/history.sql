SELECT p.id AS p_id, p.student_id AS p_student, s.user_id AS p_user, p.name AS p_name, s.name AS s_name, c.code AS c_code, p.app_state,
 b.id, b.project_id, b.student_id, b.course_id, b.commit_sha, b.branch, b.commit_message, b.commit_author, b.image_repo, b.image_tag, b.digest,
 b.status, b.phase, b.reason, b.trigger, b.message, b.waiting_for, b.job_name, b.log_object_key, b.log_bytes, b.created_at, b.started_at,
 b.finished_at, b.duration, b.cancel_requested_at, b.superseded_by
FROM projects p JOIN students s ON s.id = p.student_id JOIN courses c ON c.id = s.course_id
LEFT JOIN LATERAL (SELECT b.id, b.project_id, b.student_id, b.course_id, b.commit_sha, b.branch, b.commit_message, b.commit_author,
  b.image_repo, b.image_tag, b.digest, b.status, b.phase, b.reason, b.trigger, b.message, b.waiting_for, b.job_name, b.log_object_key,
  b.log_bytes, b.created_at, b.started_at, b.finished_at, b.duration, b.cancel_requested_at, b.superseded_by
 FROM builds b WHERE b.project_id = p.id ORDER BY b.id DESC LIMIT 51) b ON true
WHERE p.id = $1 ORDER BY b.id DESC
