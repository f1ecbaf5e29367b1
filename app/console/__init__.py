"""Pages for operators, in a process of their own. They ask the assistant and decide nothing."""
