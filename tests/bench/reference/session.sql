SELECT u.id, u.login, u.name, u.role, u.language, u.timezone, s.expires_at, s.last_seen_at < now() - interval '1 minute'
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.id_hash = $1 AND s.expires_at > now() AND s.last_seen_at > now() - interval '30 minutes' AND u.disabled_at IS NULL
