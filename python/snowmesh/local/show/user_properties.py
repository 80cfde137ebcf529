"""The properties that DESCRIBE USER lists: name, default, what it is (S21)."""

from __future__ import annotations

PROPERTIES = (
    ("NAME", "null", "Name"),
    ("COMMENT", "null", "Comment on the user"),
    ("DISPLAY_NAME", "null", "Name shown for the user"),
    ("TYPE", "PERSON", "Type of the user"),
    ("LOGIN_NAME", "null", "Name used to log in"),
    ("FIRST_NAME", "null", "First name"),
    ("MIDDLE_NAME", "null", "Middle name"),
    ("LAST_NAME", "null", "Last name"),
    ("EMAIL", "null", "Email address"),
    ("PASSWORD", "null", "Password, never shown"),
    ("MUST_CHANGE_PASSWORD", "false", "Whether the password must be changed"),
    ("DISABLED", "false", "Whether the user is locked out"),
    ("SNOWFLAKE_LOCK", "false", "Whether Snowflake locked the user"),
    ("DAYS_TO_EXPIRY", "null", "Days until the user expires"),
    ("MINS_TO_UNLOCK", "null", "Minutes until a lock ends"),
    ("DEFAULT_WAREHOUSE", "null", "Warehouse of a new session"),
    ("DEFAULT_NAMESPACE", "null", "Database and schema of a new session"),
    ("DEFAULT_ROLE", "null", "Primary role of a new session"),
    ("DEFAULT_SECONDARY_ROLES", '["ALL"]', "Secondary roles of a new session"),
    ("EXT_AUTHN_DUO", "false", "Whether Duo is on"),
    ("EXT_AUTHN_UID", "null", "User name in Duo"),
    ("HAS_MFA", "false", "Whether a second factor is enrolled"),
    ("MINS_TO_BYPASS_MFA", "null", "Minutes without a second factor"),
    ("RSA_PUBLIC_KEY", "null", "Public key"),
    ("RSA_PUBLIC_KEY_FP", "null", "Fingerprint of the public key"),
    ("RSA_PUBLIC_KEY_2", "null", "Second public key, for rotation"),
    ("RSA_PUBLIC_KEY_2_FP", "null", "Fingerprint of the second public key"),
    ("PASSWORD_LAST_SET_TIME", "null", "When the password was set"),
)
