package org.meltemi.demo;

/** An enum on the wire: an object with the one field `name`. */
public enum Color { RED, GREEN, BLUE }
