"""The classroom: hand out, collect, grade.

    initiate      a complete nbgrader course from the solutions
    submissions   what students sent: where it lies, which cells are answers, what these need
    sandbox       a process that may do next to nothing, and what it is kept from
    runner        what runs in that process: the student's code, and nothing that knows an expected value
    grading       released checks, applied to values that the sandboxed process returns
    reports       tables and pages made of the grades
    attendance    the progress of a class from files handed in
    ranking       the leaderboard of the capstone
    hub           a server for the room: JupyterHub, a system user for each learner
"""
