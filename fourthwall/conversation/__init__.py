"""The state machine: fold(messages) -> Plan, and the history that is carried over."""
