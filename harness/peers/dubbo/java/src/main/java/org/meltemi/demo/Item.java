package org.meltemi.demo;

import java.io.Serializable;
import java.util.List;
import java.util.Map;

/** An object with an enum and a reference, possibly to itself. */
public class Item implements Serializable {
    private static final long serialVersionUID = 1L;

    public int id;
    public String name;
    public Color color;
    public List<String> tags;
    public Map<String, Long> counts;
    public Item self;

    public int getId() { return id; }
    public void setId(int id) { this.id = id; }
    public String getName() { return name; }
    public void setName(String name) { this.name = name; }
    public Color getColor() { return color; }
    public void setColor(Color color) { this.color = color; }
    public List<String> getTags() { return tags; }
    public void setTags(List<String> tags) { this.tags = tags; }
    public Map<String, Long> getCounts() { return counts; }
    public void setCounts(Map<String, Long> counts) { this.counts = counts; }
    public Item getSelf() { return self; }
    public void setSelf(Item self) { this.self = self; }
}
