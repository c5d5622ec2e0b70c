"""What a run is: jobs, graph, events, state and the rules between them. Standard library only, no effects."""
