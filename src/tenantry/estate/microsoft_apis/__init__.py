"""How each of Microsoft's services answers for each Microsoft tenant."""
